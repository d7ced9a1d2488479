-- Reference data: counties, towns, code lists, tariff, accounts, calendar. Dated rows of one key never overlap.
CREATE TABLE ref.loaded_set (
  set_name text NOT NULL,
  sha256 text NOT NULL,
  row_count integer NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (set_name)
);
COMMENT ON TABLE ref.loaded_set IS 'Which edition of each reference set is loaded';
COMMENT ON COLUMN ref.loaded_set.set_name IS 'Name of the set, such as fee_rules';
COMMENT ON COLUMN ref.loaded_set.sha256 IS 'SHA-256 (hex) of its files'' bytes, or another mark of the edition';
COMMENT ON COLUMN ref.loaded_set.row_count IS 'Rows loaded';
COMMENT ON COLUMN ref.loaded_set.loaded_at IS 'Instant of loading';

CREATE TABLE ref.county (
  county_code text NOT NULL,
  slug text NOT NULL UNIQUE,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  certificate_name text NOT NULL,
  registrar_name text NOT NULL,
  position smallint NOT NULL UNIQUE,
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (county_code),
  CONSTRAINT county_county_code_check CHECK (county_code ~ '^[0-9]{6}$'),
  CONSTRAINT county_validity_check CHECK (valid_to > valid_from)
);
COMMENT ON TABLE ref.county IS 'The six counties of the city';
COMMENT ON COLUMN ref.county.county_code IS 'Six-digit code (GB/T 2260)';
COMMENT ON COLUMN ref.county.slug IS 'Office slug';
COMMENT ON COLUMN ref.county.name_zh IS 'Name in Chinese';
COMMENT ON COLUMN ref.county.name_en IS 'Name in English';
COMMENT ON COLUMN ref.county.certificate_name IS 'Name that stands in certificate numbers';
COMMENT ON COLUMN ref.county.registrar_name IS 'Registration authority (登记机构)';
COMMENT ON COLUMN ref.county.position IS 'Order on lists';
COMMENT ON COLUMN ref.county.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.county.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.county.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.county.verified IS 'Whether the source itself was read';

CREATE TABLE ref.township (
  town_code text NOT NULL,
  county_code text NOT NULL REFERENCES ref.county,
  name text NOT NULL,
  kind text NOT NULL,
  geom geometry(Point,4547),
  geom_source text,
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (town_code, valid_from),
  CONSTRAINT township_town_code_check CHECK (town_code ~ '^[0-9]{9}$'),
  CONSTRAINT township_kind_check CHECK (kind IN ('street', 'town', 'township', 'other')),
  CONSTRAINT township_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT township_validity_excl EXCLUDE USING gist (town_code WITH =,
    daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.township IS 'Towns, townships and street offices (乡镇街道)';
COMMENT ON COLUMN ref.township.town_code IS 'Nine digits of the statistics bureau';
COMMENT ON COLUMN ref.township.county_code IS 'County, six digits';
COMMENT ON COLUMN ref.township.name IS 'Name';
COMMENT ON COLUMN ref.township.kind IS 'street, town, township or other (farm, forest station, development zone)';
COMMENT ON COLUMN ref.township.geom IS 'Place where known, EPSG:4547 (E, N) metres; may be off by kilometres';
COMMENT ON COLUMN ref.township.geom_source IS 'Where the place comes from';
COMMENT ON COLUMN ref.township.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.township.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.township.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.township.verified IS 'Whether the source itself was read';
CREATE INDEX idx_township_geom ON ref.township USING gist (geom);

CREATE TABLE ref.village (
  village_code text NOT NULL,
  town_code text NOT NULL,
  county_code text NOT NULL REFERENCES ref.county,
  name text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (village_code, valid_from),
  CONSTRAINT village_village_code_check CHECK (village_code ~ '^[0-9]{12}$'),
  CONSTRAINT village_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT village_validity_excl EXCLUDE USING gist (village_code WITH =,
    daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.village IS 'Villages and neighbourhoods (村、社区)';
COMMENT ON COLUMN ref.village.village_code IS 'Twelve digits of the statistics bureau';
COMMENT ON COLUMN ref.village.town_code IS 'Town, nine digits';
COMMENT ON COLUMN ref.village.county_code IS 'County, six digits';
COMMENT ON COLUMN ref.village.name IS 'Name';
COMMENT ON COLUMN ref.village.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.village.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.village.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.village.verified IS 'Whether the source itself was read';
CREATE INDEX village_town_code_idx ON ref.village (town_code);

CREATE TABLE ref.code_list (
  list_code text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  standard text NOT NULL,
  PRIMARY KEY (list_code)
);
COMMENT ON TABLE ref.code_list IS 'Code lists of the registration database standard and the unit code';
COMMENT ON COLUMN ref.code_list.list_code IS 'Name of the list, such as QLLX';
COMMENT ON COLUMN ref.code_list.name_zh IS 'Name in Chinese';
COMMENT ON COLUMN ref.code_list.name_en IS 'Name in English';
COMMENT ON COLUMN ref.code_list.standard IS 'Standard the list belongs to';

CREATE TABLE ref.code (
  list_code text NOT NULL REFERENCES ref.code_list,
  code text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  position integer NOT NULL,
  attributes jsonb NOT NULL DEFAULT '{}',
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (list_code, code, valid_from),
  CONSTRAINT code_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT code_validity_excl EXCLUDE USING gist (list_code WITH =, code WITH =,
    daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.code IS 'Codes of the lists';
COMMENT ON COLUMN ref.code.list_code IS 'List';
COMMENT ON COLUMN ref.code.code IS 'Code';
COMMENT ON COLUMN ref.code.name_zh IS 'Meaning in Chinese';
COMMENT ON COLUMN ref.code.name_en IS 'Meaning in English';
COMMENT ON COLUMN ref.code.position IS 'Order in the list';
COMMENT ON COLUMN ref.code.attributes IS 'Further facts, such as the fixtures a parcel character allows';
COMMENT ON COLUMN ref.code.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.code.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.code.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.code.verified IS 'Whether the source itself was read';

CREATE TABLE ref.fee_item (
  item_code text NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  unit_name text NOT NULL,
  standard_fen bigint NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (item_code, valid_from),
  CONSTRAINT fee_item_standard_fen_check CHECK (standard_fen >= 0),
  CONSTRAINT fee_item_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT fee_item_validity_excl EXCLUDE USING gist (item_code WITH =,
    daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.fee_item IS 'What a fee line can be for, with the code of the non-tax system';
COMMENT ON COLUMN ref.fee_item.item_code IS 'Item code of the non-tax system';
COMMENT ON COLUMN ref.fee_item.name_zh IS 'Name on the bill';
COMMENT ON COLUMN ref.fee_item.name_en IS 'Name in English';
COMMENT ON COLUMN ref.fee_item.unit_name IS 'Unit charged, 件 or 本';
COMMENT ON COLUMN ref.fee_item.standard_fen IS 'Price of one unit, fen';
COMMENT ON COLUMN ref.fee_item.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.fee_item.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.fee_item.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.fee_item.verified IS 'Whether the source itself was read';

CREATE TABLE ref.fee_rule (
  rule_id text NOT NULL,
  position integer NOT NULL,
  outcome text NOT NULL,
  registration_types text[] NOT NULL DEFAULT '{}',
  right_kinds text[] NOT NULL DEFAULT '{}',
  right_types text[] NOT NULL DEFAULT '{}',
  use_classes text[] NOT NULL DEFAULT '{}',
  flags_all text[] NOT NULL DEFAULT '{}',
  flags_none text[] NOT NULL DEFAULT '{}',
  amount_fen bigint NOT NULL,
  amount_per text NOT NULL,
  count_by text,
  item_code text NOT NULL,
  reason_zh text NOT NULL,
  reason_en text NOT NULL,
  basis text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (rule_id, valid_from),
  CONSTRAINT fee_rule_outcome_check CHECK (outcome IN ('exempt', 'cost_only', 'half', 'rate', 'count', 'extra')),
  CONSTRAINT fee_rule_amount_fen_check CHECK (amount_fen >= 0),
  CONSTRAINT fee_rule_amount_per_check CHECK (amount_per IN ('piece', 'certificate')),
  CONSTRAINT fee_rule_count_by_check CHECK ((outcome = 'count') = (count_by IS NOT NULL) AND count_by IN ('unit', 'parcel')),
  CONSTRAINT fee_rule_exempt_check CHECK (outcome <> 'exempt' OR amount_fen = 0),
  CONSTRAINT fee_rule_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT fee_rule_validity_excl EXCLUDE USING gist (rule_id WITH =,
    daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.fee_rule IS 'Tariff of the registration fee: the first rule by position whose conditions hold decides';
COMMENT ON COLUMN ref.fee_rule.rule_id IS 'Rule id';
COMMENT ON COLUMN ref.fee_rule.position IS 'Order: exempt, then cost_only, then half, then rate; count and extra stand beside them';
COMMENT ON COLUMN ref.fee_rule.outcome IS 'exempt, cost_only, half, rate: the amount; count: how many pieces; extra: more certificates';
COMMENT ON COLUMN ref.fee_rule.registration_types IS 'Registration types (DJLX) it holds for; empty for all';
COMMENT ON COLUMN ref.fee_rule.right_kinds IS 'own, mortgage, easement, residence; empty for all';
COMMENT ON COLUMN ref.fee_rule.right_types IS 'Right types (QLLX) of the unit; empty for all';
COMMENT ON COLUMN ref.fee_rule.use_classes IS 'housing, garage, non_housing; empty for all';
COMMENT ON COLUMN ref.fee_rule.flags_all IS 'Facts of the case that must all be declared';
COMMENT ON COLUMN ref.fee_rule.flags_none IS 'Facts of the case that must not be declared';
COMMENT ON COLUMN ref.fee_rule.amount_fen IS 'Amount per piece (件) or per certificate (本), fen';
COMMENT ON COLUMN ref.fee_rule.amount_per IS 'piece (件) or certificate (本)';
COMMENT ON COLUMN ref.fee_rule.count_by IS 'For count: unit or parcel makes one piece; otherwise null';
COMMENT ON COLUMN ref.fee_rule.item_code IS 'Fee item of the line';
COMMENT ON COLUMN ref.fee_rule.reason_zh IS 'Reason shown to the payer, Chinese';
COMMENT ON COLUMN ref.fee_rule.reason_en IS 'Reason shown to the payer, English';
COMMENT ON COLUMN ref.fee_rule.basis IS 'Legal basis';
COMMENT ON COLUMN ref.fee_rule.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.fee_rule.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.fee_rule.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.fee_rule.verified IS 'Whether the source itself was read';

CREATE TABLE ref.county_account (
  county_code text NOT NULL REFERENCES ref.county,
  kind text NOT NULL,
  owner_code text NOT NULL,
  name text NOT NULL,
  bank text NOT NULL,
  number text NOT NULL,
  cnaps text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (county_code, kind, valid_from),
  CONSTRAINT county_account_kind_check CHECK (kind IN ('nontax', 'tax')),
  CONSTRAINT county_account_owner_code_check CHECK (owner_code ~ '^[0-9]{6}$'),
  CONSTRAINT county_account_cnaps_check CHECK (cnaps ~ '^[0-9]{12}$'),
  CONSTRAINT county_account_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT county_account_validity_excl EXCLUDE USING gist (county_code WITH =, kind WITH =,
    daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.county_account IS 'Which account a county''s money is paid to';
COMMENT ON COLUMN ref.county_account.county_code IS 'County of the fee line, six digits';
COMMENT ON COLUMN ref.county_account.kind IS 'nontax (财政非税收入专户) or tax (国库)';
COMMENT ON COLUMN ref.county_account.owner_code IS 'Six digits of the finance body that holds the account; 421200 is the city';
COMMENT ON COLUMN ref.county_account.name IS 'Name of the account';
COMMENT ON COLUMN ref.county_account.bank IS 'Bank';
COMMENT ON COLUMN ref.county_account.number IS 'Account number';
COMMENT ON COLUMN ref.county_account.cnaps IS 'Bank number of the large-value payment system, 12 digits';
COMMENT ON COLUMN ref.county_account.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.county_account.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.county_account.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.county_account.verified IS 'Whether the source itself was read';

CREATE TABLE ref.calendar (
  day date NOT NULL,
  is_workday boolean NOT NULL,
  name text,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (day)
);
COMMENT ON TABLE ref.calendar IS 'Every day with its kind; working days count in time limits';
COMMENT ON COLUMN ref.calendar.day IS 'Day, Asia/Shanghai';
COMMENT ON COLUMN ref.calendar.is_workday IS 'Whether offices work';
COMMENT ON COLUMN ref.calendar.name IS 'Holiday, or the holiday made up for; null on an ordinary day';
COMMENT ON COLUMN ref.calendar.source_doc IS 'Notice of the State Council, or the rule of the week';
COMMENT ON COLUMN ref.calendar.verified IS 'Whether the source itself was read';

CREATE VIEW map.townships AS
SELECT town_code AS township_code, name, county_code, public.ST_Transform(geom, 3857) AS geom_3857
FROM ref.township
WHERE geom IS NOT NULL AND daterange(valid_from, valid_to) @> current_date;
COMMENT ON VIEW map.townships IS 'Places of towns where known, EPSG:3857; may be off by kilometres';
