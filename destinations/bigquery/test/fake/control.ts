/** Below `/fake/`: what a test does inside the process, for a fake that runs as a program of its own. */
import { contentsOf } from "./contents.ts";
import type { Fault } from "./faults.ts";
import type { JobBook } from "./jobs.ts";
import type { Route } from "./routes.ts";
import type { Service } from "./service.ts";

export function controlRoutes(service: Service, book: JobBook): Route[] {
	const { faults, journal } = service;
	return [
		{
			method: "POST",
			path: "faults",
			async answer({ body }) {
				faults.add(body as unknown as Fault);
				return { faults: faults.pending() };
			},
		},
		{ method: "GET", path: "faults", answer: async () => ({ faults: faults.pending() }) },
		{
			method: "DELETE",
			path: "faults",
			async answer() {
				faults.clear();
				return undefined;
			},
		},
		{ method: "GET", path: "requests", answer: async () => ({ requests: journal.requests }) },
		{ method: "GET", path: "events", answer: async () => ({ events: journal.events }) },
		{
			method: "GET",
			path: "contents/:dataset",
			answer: async ({ parts, query }) => ({ contents: await contentsOf(service, parts.dataset!, query.project) }),
		},
		{
			method: "POST",
			path: "buckets",
			async answer({ body }) {
				service.buckets.make(String(body.name), String(body.location ?? "EU"));
				return {};
			},
		},
		{ method: "GET", path: "objects", answer: async () => ({ objects: service.buckets.uris() }) },
		{
			method: "POST",
			path: "throttle",
			async answer({ body }) {
				service.options.uploadRate = body.bytesPerSecond as number;
				return {};
			},
		},
		{
			method: "POST",
			path: "idle",
			async answer() {
				await book.settled();
				return {};
			},
		},
	];
}
