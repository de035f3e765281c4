/** Python with packages that some tests need: of the checkout (`install` beside this file), else of this machine. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OF_CHECKOUT = fileURLToPath(new URL("../../../../.venv/bigquery/bin/python", import.meta.url));

export type Python = { python: string } | { missing: string };

/** The first that has all modules, by their names in `import`; or, as one line, why there is none. */
export function findPython(modules: readonly string[]): Python {
	const test = `import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in ${JSON.stringify(modules)}))`;
	for (const python of [...(existsSync(OF_CHECKOUT) ? [OF_CHECKOUT] : []), "python3"]) {
		if (spawnSync(python, ["-c", test], { timeout: 20_000 }).status === 0) return { python };
	}
	return {
		missing: `no Python with ${modules.join(", ")}: run destinations/bigquery/test/python/install`,
	};
}
