-- Every record of every tenant. Strings are compared by their bytes, whatever the database's own collation is.
CREATE TABLE switchboard.records (
  tenant text COLLATE "C" NOT NULL,
  collection text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  value jsonb NOT NULL,
  -- The record's place in the collection's indexes (switchboard.index_slots says which is which); null: not in that one.
  key1 bytea, key2 bytea, key3 bytea, key4 bytea, key5 bytea, key6 bytea, key7 bytea, key8 bytea,
  PRIMARY KEY (tenant, collection, id)
);
CREATE INDEX records_key1 ON switchboard.records (tenant, collection, key1) WHERE key1 IS NOT NULL;
CREATE INDEX records_key2 ON switchboard.records (tenant, collection, key2) WHERE key2 IS NOT NULL;
CREATE INDEX records_key3 ON switchboard.records (tenant, collection, key3) WHERE key3 IS NOT NULL;
CREATE INDEX records_key4 ON switchboard.records (tenant, collection, key4) WHERE key4 IS NOT NULL;
CREATE INDEX records_key5 ON switchboard.records (tenant, collection, key5) WHERE key5 IS NOT NULL;
CREATE INDEX records_key6 ON switchboard.records (tenant, collection, key6) WHERE key6 IS NOT NULL;
CREATE INDEX records_key7 ON switchboard.records (tenant, collection, key7) WHERE key7 IS NOT NULL;
CREATE INDEX records_key8 ON switchboard.records (tenant, collection, key8) WHERE key8 IS NOT NULL;

-- The second fence: a statement that forgets the tenant finds nothing, also when the role owns the table.
ALTER TABLE switchboard.records ENABLE ROW LEVEL SECURITY;
ALTER TABLE switchboard.records FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_fence ON switchboard.records
  USING (tenant = current_setting('switchboard.tenant', true))
  WITH CHECK (tenant = current_setting('switchboard.tenant', true));

-- Names under which there ever was a record: the fence lets nobody ask the records themselves.
CREATE TABLE switchboard.tenants (
  tenant text COLLATE "C" PRIMARY KEY
);

-- Which key column holds the index over which fields. An index goes by its fields, so that a changed one is a new one.
CREATE TABLE switchboard.index_slots (
  collection text COLLATE "C" NOT NULL,
  fields text[] COLLATE "C" NOT NULL,
  slot smallint NOT NULL CHECK (slot BETWEEN 1 AND 8),
  PRIMARY KEY (collection, fields),
  UNIQUE (collection, slot)
);

-- Grows by one with each new index: how a replica sees that another one knows more indexes than itself.
CREATE TABLE switchboard.index_generation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  generation integer NOT NULL
);
INSERT INTO switchboard.index_generation (generation) VALUES (0);
