-- Names that break whatever does not quote them.
CREATE SCHEMA "From.to ""1""";
SET search_path = "From.to ""1""";
CREATE TABLE "User $$" ("I d" serial PRIMARY KEY, "where" text UNIQUE, "Gone; At" timestamptz DEFAULT now(), CONSTRAINT "che'ck" CHECK ("where" <> '') NOT VALID);
ALTER TABLE "User $$" DROP CONSTRAINT "che'ck", ADD CONSTRAINT "che'ck" CHECK ("where" <> '') NOT VALID;
CREATE TABLE "order" ("select" int, "from" int, "User" int, "is gone" boolean DEFAULT false, PRIMARY KEY ("select", "from"),
	CONSTRAINT "f'k" FOREIGN KEY ("User") REFERENCES "User $$" ON DELETE CASCADE,
	CONSTRAINT "WHERE" EXCLUDE USING gist (int4range("from", "from") WITH &&));
CREATE INDEX "lone, ly" ON "User $$" ("Gone; At");
CREATE VIEW "vi""ew" AS SELECT "I d" AS "GROUP", "Gone; At" FROM "User $$" AS "Al ias";
CREATE VIEW "not gone" AS SELECT * FROM "order" WHERE NOT "is gone";
CREATE MATERIALIZED VIEW "mat.view" AS SELECT "select", "from" FROM "order" "table";
CREATE INDEX "mat "" idx" ON "mat.view" ("from");
CREATE FUNCTION "fun""c ; --"(int) RETURNS void LANGUAGE sql AS $body$ DELETE FROM "From.to ""1"""."order" WHERE "select" = $1 $body$;
CREATE FUNCTION "fun'c"() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM "User $$"; END;
CREATE FUNCTION "tri g"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION "sorts"() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM 1 ORDER BY 1; END';
CREATE FUNCTION "empties"() RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM ONLY "From.to ""1""" . "order" WHERE 1 = 0; END';
CREATE TRIGGER "bye; bye" AFTER DELETE ON "order" FOR EACH ROW WHEN (OLD."from" > 0) EXECUTE FUNCTION "tri g"('it''s');
CREATE TRIGGER "WHEN" BEFORE UPDATE ON "User $$" FOR EACH ROW WHEN (OLD."where" <> 'EXECUTE') EXECUTE FUNCTION "tri g"();
CREATE RULE "ru""le" AS ON UPDATE TO "order" WHERE false DO ALSO NOTHING;
ALTER TABLE "User $$" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "po licy" ON "User $$" FOR SELECT USING ("where" <> 'AND' AND "Gone; At" IS NULL);
CREATE POLICY "for delete" ON "User $$" FOR DELETE TO {role} USING ("where" = '"');
CREATE PUBLICATION "pub "" l" FOR TABLE "User $$";
GRANT DELETE ON "order" TO {role};
INSERT INTO "User $$" ("Gone; At") VALUES (now());
INSERT INTO "order" ("select", "from", "User", "is gone") VALUES (1, 2, 1, false), (2, 3, NULL, NULL);
