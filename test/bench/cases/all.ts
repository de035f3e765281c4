/** All cases, in the order in which they run. */
import type { Case } from "../harness/case.ts";
import { bigquery } from "./bigquery.ts";
import { cost } from "./cost.ts";
import { duckdb } from "./duckdb.ts";
import { emission } from "./emission.ts";
import { growth } from "./growth.ts";
import { http } from "./http.ts";
import { memory } from "./memory.ts";
import { spool } from "./spool.ts";
import { startup } from "./startup.ts";

export const CASES: readonly Case[] = [startup, emission, http, spool, duckdb, bigquery, memory, growth, cost];
