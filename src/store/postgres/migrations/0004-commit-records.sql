-- Rows by their places alone: left a choice, the server reads all records of a tenant that it has not counted yet.
CREATE FUNCTION switchboard.update_spots(
  spots tid[], versions integer[], documents text[],
  keys1 bytea[], keys2 bytea[], keys3 bytea[], keys4 bytea[], keys5 bytea[], keys6 bytea[], keys7 bytea[], keys8 bytea[]
) RETURNS void LANGUAGE plpgsql
SET enable_indexscan = off SET enable_indexonlyscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  UPDATE switchboard.records r
  SET version = w.version, value = w.document::jsonb, key1 = w.key1, key2 = w.key2, key3 = w.key3, key4 = w.key4,
    key5 = w.key5, key6 = w.key6, key7 = w.key7, key8 = w.key8
  FROM unnest(spots, versions, documents, keys1, keys2, keys3, keys4, keys5, keys6, keys7, keys8)
    AS w (spot, version, document, key1, key2, key3, key4, key5, key6, key7, key8)
  WHERE r.ctid = w.spot;
END $$;
CREATE FUNCTION switchboard.delete_spots(spots tid[]) RETURNS void LANGUAGE plpgsql
SET enable_indexscan = off SET enable_indexonlyscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  DELETE FROM switchboard.records r USING unnest(spots) AS w (spot) WHERE r.ctid = w.spot;
END $$;

-- One commit of one tenant in one round trip: locks the records that it relies on, in the order in which everybody locks, and writes. Gives
-- 'done', or why nothing was written: 'moved' (a record is not as expected any more), 'indexes' (another replica declared one since).
CREATE FUNCTION switchboard.commit_records(
  for_tenant text, is_new boolean, known_generation integer,
  lock_collections text[], lock_ids text[], lock_versions integer[],
  insert_collections text[], insert_ids text[], insert_versions integer[], insert_values text[],
  insert_keys1 bytea[], insert_keys2 bytea[], insert_keys3 bytea[], insert_keys4 bytea[],
  insert_keys5 bytea[], insert_keys6 bytea[], insert_keys7 bytea[], insert_keys8 bytea[],
  -- So many of them must not be there; what comes behind is put whatever there is.
  insert_new integer,
  -- Places among the locked, from 1.
  update_places integer[], update_versions integer[], update_values text[],
  update_keys1 bytea[], update_keys2 bytea[], update_keys3 bytea[], update_keys4 bytea[],
  update_keys5 bytea[], update_keys6 bytea[], update_keys7 bytea[], update_keys8 bytea[],
  delete_places integer[],
  -- Made and taken away again: must not be there, and nobody else can make them before the commit.
  absent_collections text[], absent_ids text[]
) RETURNS text LANGUAGE plpgsql
-- Planned once: the statements would take longer to plan than to carry out.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  spots tid[];
  held tid[];
  wanted integer;
  written integer;
BEGIN
  PERFORM set_config('switchboard.tenant', for_tenant, true);
  -- The number in advisory-locks.ts. What follows are statements of their own, so they see what was committed before the lock was given.
  PERFORM pg_advisory_xact_lock_shared(7301550202);
  IF known_generation <> (SELECT generation FROM switchboard.index_generation WHERE only_row) THEN
    RETURN 'indexes';
  END IF;
  IF cardinality(lock_ids) > 0 THEN
    SELECT array_agg(l.spot) INTO spots
    FROM unnest(lock_collections, lock_ids, lock_versions) AS n (collection, id, version)
    CROSS JOIN LATERAL (
      SELECT ctid AS spot FROM switchboard.records
      WHERE tenant = for_tenant AND collection = n.collection AND id = n.id AND version = n.version FOR UPDATE) AS l;
    IF coalesce(cardinality(spots), 0) <> cardinality(lock_ids) THEN
      RETURN 'moved';
    END IF;
  END IF;
  IF is_new THEN
    INSERT INTO switchboard.tenants (tenant) VALUES (for_tenant) ON CONFLICT DO NOTHING;
  END IF;
  -- A block of its own, so that what it wrote is undone without an error that the server would log.
  BEGIN
    IF insert_new > 0 THEN
      INSERT INTO switchboard.records
        (tenant, collection, id, version, value, key1, key2, key3, key4, key5, key6, key7, key8)
      SELECT for_tenant, w.collection, w.id, w.version, w.value::jsonb,
        w.key1, w.key2, w.key3, w.key4, w.key5, w.key6, w.key7, w.key8
      FROM unnest(insert_collections, insert_ids, insert_versions, insert_values, insert_keys1, insert_keys2,
        insert_keys3, insert_keys4, insert_keys5, insert_keys6, insert_keys7, insert_keys8) WITH ORDINALITY
        AS w (collection, id, version, value, key1, key2, key3, key4, key5, key6, key7, key8, at)
      WHERE w.at <= insert_new
      ON CONFLICT DO NOTHING;
      GET DIAGNOSTICS written = ROW_COUNT;
      IF written <> insert_new THEN
        RAISE EXCEPTION 'moved' USING ERRCODE = 'SB001';
      END IF;
    END IF;
    IF cardinality(insert_ids) > insert_new THEN
      INSERT INTO switchboard.records AS r
        (tenant, collection, id, version, value, key1, key2, key3, key4, key5, key6, key7, key8)
      SELECT for_tenant, w.collection, w.id, w.version, w.value::jsonb,
        w.key1, w.key2, w.key3, w.key4, w.key5, w.key6, w.key7, w.key8
      FROM unnest(insert_collections, insert_ids, insert_versions, insert_values, insert_keys1, insert_keys2,
        insert_keys3, insert_keys4, insert_keys5, insert_keys6, insert_keys7, insert_keys8) WITH ORDINALITY
        AS w (collection, id, version, value, key1, key2, key3, key4, key5, key6, key7, key8, at)
      WHERE w.at > insert_new
      ON CONFLICT (tenant, collection, id) DO UPDATE
      SET version = r.version + 1, value = EXCLUDED.value, key1 = EXCLUDED.key1, key2 = EXCLUDED.key2,
        key3 = EXCLUDED.key3, key4 = EXCLUDED.key4, key5 = EXCLUDED.key5, key6 = EXCLUDED.key6,
        key7 = EXCLUDED.key7, key8 = EXCLUDED.key8;
    END IF;
    wanted := cardinality(absent_ids);
    IF wanted > 0 THEN
      WITH made AS (
        INSERT INTO switchboard.records (tenant, collection, id, version, value)
        SELECT for_tenant, w.collection, w.id, 1, '{}' FROM unnest(absent_collections, absent_ids) AS w (collection, id)
        ON CONFLICT DO NOTHING RETURNING ctid)
      SELECT array_agg(made.ctid) INTO held FROM made;
      IF coalesce(cardinality(held), 0) <> wanted THEN
        RAISE EXCEPTION 'moved' USING ERRCODE = 'SB001';
      END IF;
      PERFORM switchboard.delete_spots(held);
    END IF;
    -- Locked, so they are where they were.
    IF cardinality(update_places) > 0 THEN
      PERFORM switchboard.update_spots((SELECT array_agg(spots[w.place]) FROM unnest(update_places) AS w (place)),
        update_versions, update_values, update_keys1, update_keys2, update_keys3, update_keys4,
        update_keys5, update_keys6, update_keys7, update_keys8);
    END IF;
    IF cardinality(delete_places) > 0 THEN
      PERFORM switchboard.delete_spots((SELECT array_agg(spots[w.place]) FROM unnest(delete_places) AS w (place)));
    END IF;
  EXCEPTION WHEN SQLSTATE 'SB001' THEN
    RETURN 'moved';
  END;
  RETURN 'done';
END $$;
