-- A case as it stands; the caller adds conditions.
SELECT c.case_no, c.type_code, c.handbook_version, c.status, c.node, c.node_role, c.node_office,
       c.accept_office, c.decide_office, c.county_code, c.decision_id, c.unit_count, c.place, c.applicant,
       c.address, c.accepted_by, c.accepted_at, c.accepted_on, c.due_on, c.node_since, c.notice_to,
       c.fee_total_fen, c.pay_before, c.paid_at, c.order_no, c.registered_at, c.closed_at, c.survey_id,
       c.detail, c.revision
FROM registry.case c
