#!/usr/bin/env node
import { start } from "@growthnav/sdk/start.js";

await start(() => import("@growthnav/source-teahouse"));
