-- The Hub's tables as far as they are read, with its names, types and enumerations.
CREATE TYPE "enum_ActivityReports_status" AS ENUM ('draft', 'deleted', 'submitted', 'approved', 'needs_action');
CREATE TYPE "enum_Goals_createdVia" AS ENUM ('imported', 'activityReport', 'rtr', 'merge', 'admin', 'tr', 'monitoring');
CREATE TYPE "enum_GoalTemplates_creationMethod" AS ENUM ('Automatic', 'Curated', 'System Generated');

CREATE TABLE "Recipients" (
  id integer PRIMARY KEY,
  name varchar(255) NOT NULL,
  deleted boolean NOT NULL DEFAULT false
);
CREATE TABLE "Grants" (
  id integer PRIMARY KEY,
  number varchar(255) NOT NULL,
  "recipientId" integer NOT NULL REFERENCES "Recipients",
  "regionId" integer NOT NULL,
  status varchar(255),
  deleted boolean NOT NULL DEFAULT false
);
CREATE TABLE "GrantReplacements" (
  id serial PRIMARY KEY,
  "replacedGrantId" integer NOT NULL REFERENCES "Grants",
  "replacingGrantId" integer NOT NULL REFERENCES "Grants"
);
-- In the Hub, replacements are followed over several steps; one step is enough here.
CREATE MATERIALIZED VIEW "GrantRelationshipToActive" AS
  SELECT row_number() OVER (ORDER BY "grantId", "activeGrantId") AS id, "grantId", "activeGrantId" FROM (
    SELECT id AS "grantId", id AS "activeGrantId" FROM "Grants" WHERE status = 'Active'
    UNION
    SELECT old.id, heir.id FROM "Grants" AS old
    LEFT JOIN "GrantReplacements" AS link ON link."replacedGrantId" = old.id
    LEFT JOIN "Grants" AS heir ON heir.id = link."replacingGrantId" AND heir.status = 'Active'
    WHERE old.status IS DISTINCT FROM 'Active'
  ) AS related;
CREATE TABLE "GoalTemplates" (
  id integer PRIMARY KEY,
  hash text NOT NULL,
  "templateName" text NOT NULL,
  "creationMethod" "enum_GoalTemplates_creationMethod" NOT NULL,
  standard text,
  "deletedAt" timestamptz
);
CREATE TABLE "Goals" (
  id integer PRIMARY KEY,
  name text,
  status varchar(255),
  "grantId" integer NOT NULL REFERENCES "Grants",
  "goalTemplateId" integer REFERENCES "GoalTemplates",
  "mapsToParentGoalId" integer REFERENCES "Goals",
  "createdVia" "enum_Goals_createdVia",
  source text,
  "onAR" boolean,
  "onApprovedAR" boolean,
  prestandard boolean NOT NULL DEFAULT false,
  "createdAt" timestamptz NOT NULL,
  "updatedAt" timestamptz NOT NULL DEFAULT '2024-06-01 12:00:00+00',
  "deletedAt" timestamptz
);
CREATE TABLE "GoalFieldResponses" (
  id serial PRIMARY KEY,
  "goalId" integer NOT NULL REFERENCES "Goals",
  "goalTemplateFieldPromptId" integer NOT NULL DEFAULT 1,
  response text[]
);
CREATE TABLE "ActivityReports" (
  id integer PRIMARY KEY,
  "regionId" integer NOT NULL DEFAULT 4,
  context text,
  "submissionStatus" "enum_ActivityReports_status",
  "calculatedStatus" "enum_ActivityReports_status"
);
CREATE TABLE "ActivityReportGoals" (
  id serial PRIMARY KEY,
  "activityReportId" integer NOT NULL REFERENCES "ActivityReports",
  "goalId" integer NOT NULL REFERENCES "Goals",
  "originalGoalId" integer REFERENCES "Goals",
  name text,
  status varchar(255)
);
