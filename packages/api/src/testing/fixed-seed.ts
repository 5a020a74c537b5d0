import { configureGlobal } from "fast-check";

// The same cases in every run: a failure then speaks of the change under test. `FAST_CHECK_SEED` looks at others.
configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_261_121) });
