import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// The tests read the sources (the `growthnav-source` export condition); processes they start run the build.
export default defineConfig({
	resolve: { conditions: ["growthnav-source", "node", "import", "default"] },
	ssr: { resolve: { conditions: ["growthnav-source", "node", "import", "default"] } },
	test: {
		include: ["{spec,sdk,test}/**/*.test.ts", "{connectors,destinations}/*/test/**/*.test.ts"],
		exclude: ["**/dist/**", "**/node_modules/**"],
		testTimeout: 60_000,
		hookTimeout: 60_000,
		// many tests wait for processes of their own
		maxWorkers: Math.ceil(availableParallelism() * 1.5),
	},
});
