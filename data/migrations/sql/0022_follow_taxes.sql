-- A tax assessment is withdrawn, replaced, paid and certified; each change is a row.
ALTER TABLE money.tax_assessment
  ADD COLUMN tax_source_no text,
  ADD COLUMN replaces text UNIQUE REFERENCES money.tax_assessment,
  ADD CONSTRAINT tax_assessment_replaces_check CHECK (replaces <> assessment_no);
COMMENT ON COLUMN money.tax_assessment.tax_source_no IS 'Tax source number (税源编号); null when the message named none';
COMMENT ON COLUMN money.tax_assessment.replaces IS 'Assessment this one takes the place of (重新核定)';

CREATE TABLE money.tax_transition (
  from_state text NOT NULL,
  to_state text NOT NULL,
  PRIMARY KEY (from_state, to_state)
);
COMMENT ON TABLE money.tax_transition IS 'Changes of state that a tax assessment may make';
COMMENT ON COLUMN money.tax_transition.from_state IS 'State before; none at first';
COMMENT ON COLUMN money.tax_transition.to_state IS 'State after';
INSERT INTO money.tax_transition VALUES
  ('none', 'assessed'), ('assessed', 'withdrawn'), ('assessed', 'paid'), ('paid', 'certified'),
  ('paid', 'refunded'), ('certified', 'refunded'), ('refunded', 'paid'), ('refunded', 'withdrawn');
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON money.tax_transition FROM ":prefix_app";

CREATE TABLE money.tax_event (
  assessment_no text NOT NULL REFERENCES money.tax_assessment,
  seq integer NOT NULL CHECK (seq > 0),
  from_state text NOT NULL,
  to_state text NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  order_no text REFERENCES money.payment_order,
  certificate_no text,
  reason text,
  body_sha256 bytea CHECK (length(body_sha256) = 32),
  PRIMARY KEY (assessment_no, seq),
  CONSTRAINT tax_event_transition_fkey FOREIGN KEY (from_state, to_state) REFERENCES money.tax_transition,
  CONSTRAINT tax_event_certificate_check CHECK ((to_state = 'certified') = (certificate_no IS NOT NULL)),
  CONSTRAINT tax_event_order_check CHECK ((to_state IN ('paid', 'refunded')) = (order_no IS NOT NULL))
);
COMMENT ON TABLE money.tax_event IS 'Changes of state of a tax assessment, append-only; the last one is its state';
COMMENT ON COLUMN money.tax_event.assessment_no IS 'Assessment';
COMMENT ON COLUMN money.tax_event.seq IS 'Place, from 1';
COMMENT ON COLUMN money.tax_event.from_state IS 'State before, none at first';
COMMENT ON COLUMN money.tax_event.to_state IS 'State after: assessed, withdrawn, paid, certified or refunded';
COMMENT ON COLUMN money.tax_event.at IS 'Instant';
COMMENT ON COLUMN money.tax_event.actor IS 'tax (the authority) or system';
COMMENT ON COLUMN money.tax_event.order_no IS 'Order it was paid or refunded with';
COMMENT ON COLUMN money.tax_event.certificate_no IS 'Number of the tax payment certificate (完税凭证)';
COMMENT ON COLUMN money.tax_event.reason IS 'Words of the authority';
COMMENT ON COLUMN money.tax_event.body_sha256 IS 'SHA-256 of the signed message, if one brought it';
SELECT ref.make_append_only('money.tax_event');

CREATE FUNCTION money.check_tax_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_state text; v_seq integer;
BEGIN
  SELECT to_state, seq INTO v_state, v_seq FROM money.tax_event
  WHERE assessment_no = NEW.assessment_no ORDER BY seq DESC LIMIT 1;
  IF NEW.from_state <> coalesce(v_state, 'none') OR NEW.seq <> coalesce(v_seq, 0) + 1 THEN
    RAISE EXCEPTION 'assessment % is not %', NEW.assessment_no, NEW.from_state
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'tax_event_follows';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_tax_event() IS 'Trigger: a change begins where the last one ended';
CREATE TRIGGER tax_event_follows BEFORE INSERT ON money.tax_event
  FOR EACH ROW EXECUTE FUNCTION money.check_tax_event();

INSERT INTO money.tax_event (assessment_no, seq, from_state, to_state, at, actor, body_sha256)
SELECT assessment_no, 1, 'none', 'assessed', received_at, 'tax', body_sha256 FROM money.tax_assessment;
INSERT INTO money.tax_event (assessment_no, seq, from_state, to_state, at, actor, order_no)
SELECT a.assessment_no, 2, 'assessed', 'paid', e.at, 'system', o.order_no
FROM money.tax_assessment a
JOIN money.order_line l ON l.case_no = a.case_no AND l.source = 'tax:' || a.assessment_no
JOIN money.payment_order o ON o.order_no = l.order_no AND o.state IN ('paid', 'cleared')
JOIN LATERAL (SELECT at FROM money.order_event v WHERE v.order_no = o.order_no AND v.to_state = 'paid'
              ORDER BY seq DESC LIMIT 1) e ON true;
