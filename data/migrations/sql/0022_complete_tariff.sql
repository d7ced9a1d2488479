-- The tariff says who pays, which reading of an open rule is in force, and which reliefs somebody must grant.
ALTER TABLE ref.fee_rule
  ADD COLUMN choice text,
  ADD COLUMN option text,
  ADD COLUMN payer_role text,
  ADD COLUMN evidence_zh text,
  ADD COLUMN evidence_en text,
  ADD COLUMN self_declared boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT fee_rule_outcome_check,
  DROP CONSTRAINT fee_rule_count_by_check,
  ADD CONSTRAINT fee_rule_outcome_check
    CHECK (outcome IN ('exempt', 'cost_only', 'half', 'rate', 'count', 'extra', 'payer')),
  ADD CONSTRAINT fee_rule_count_by_check CHECK ((outcome = 'count') = (count_by IS NOT NULL)
    AND count_by IN ('unit', 'parcel', 'case', 'unit_when_apart')),
  ADD CONSTRAINT fee_rule_choice_check CHECK ((choice IS NULL) = (option IS NULL)),
  ADD CONSTRAINT fee_rule_payer_role_check CHECK ((outcome = 'payer') = (payer_role IS NOT NULL)),
  ADD CONSTRAINT fee_rule_evidence_check CHECK ((evidence_zh IS NULL) = (evidence_en IS NULL)
    AND (evidence_zh IS NULL OR outcome IN ('exempt', 'cost_only', 'half') AND flags_all <> '{}')
    AND (evidence_zh IS NOT NULL OR NOT self_declared));
COMMENT ON COLUMN ref.fee_rule.outcome IS 'exempt, cost_only, half, rate: the amount; count: how many pieces; extra: more certificates; payer: who pays';
COMMENT ON COLUMN ref.fee_rule.count_by IS 'For count: what makes one piece: unit, parcel, case, or unit_when_apart (one while all lie on one parcel); otherwise null';
COMMENT ON COLUMN ref.fee_rule.choice IS 'Open question this rule is one answer to; null when the documents leave none';
COMMENT ON COLUMN ref.fee_rule.option IS 'Which answer: in force only while ref.tariff_choice names it';
COMMENT ON COLUMN ref.fee_rule.payer_role IS 'For payer: role that pays; otherwise null';
COMMENT ON COLUMN ref.fee_rule.evidence_zh IS 'Document a relief is granted on, Chinese; null when nobody grants it';
COMMENT ON COLUMN ref.fee_rule.evidence_en IS 'Document a relief is granted on, English';
COMMENT ON COLUMN ref.fee_rule.self_declared IS 'Whether the applicant''s own declaration is that document';

CREATE TABLE ref.tariff_choice (
  choice text NOT NULL,
  option text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (choice, valid_from),
  CONSTRAINT tariff_choice_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT tariff_choice_validity_excl EXCLUDE USING gist (choice WITH =, daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.tariff_choice IS 'Which reading of an open rule of the tariff is in force, and who decided it';
COMMENT ON COLUMN ref.tariff_choice.choice IS 'Open question, such as mortgage_piece';
COMMENT ON COLUMN ref.tariff_choice.option IS 'Answer in force, such as per_parcel';
COMMENT ON COLUMN ref.tariff_choice.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.tariff_choice.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.tariff_choice.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.tariff_choice.verified IS 'Whether the source itself was read';

-- Lines assessed earlier keep what they had.
ALTER TABLE registry.fee_line
  ADD COLUMN reason_en text NOT NULL DEFAULT '',
  ADD COLUMN basis text NOT NULL DEFAULT '',
  ADD COLUMN count_rule_id text,
  ADD COLUMN payer_rule_id text,
  ADD COLUMN relief_fen bigint NOT NULL DEFAULT 0,
  ADD COLUMN relief_document text,
  ADD COLUMN relief_by text,
  ADD CONSTRAINT fee_line_relief_fen_check CHECK (relief_fen >= 0),
  ADD CONSTRAINT fee_line_relief_check CHECK ((relief_document IS NULL) = (relief_by IS NULL)
    AND (relief_fen = 0 OR relief_document IS NOT NULL));
COMMENT ON COLUMN registry.fee_line.reason_en IS 'Why this amount, English';
COMMENT ON COLUMN registry.fee_line.basis IS 'Document and clause of the rule';
COMMENT ON COLUMN registry.fee_line.count_rule_id IS 'Rule that says what one piece is; null on lines assessed before it was kept';
COMMENT ON COLUMN registry.fee_line.payer_rule_id IS 'Rule that says who pays; null on lines assessed before it was kept';
COMMENT ON COLUMN registry.fee_line.relief_fen IS 'What a granted relief (减免) takes off the rate, fen';
COMMENT ON COLUMN registry.fee_line.relief_document IS 'Document the relief was granted on; null without relief';
COMMENT ON COLUMN registry.fee_line.relief_by IS 'Sign-in name of who granted the relief';
