import { configureGlobal } from "fast-check";
import { ARGON2 } from "../auth/account/argon2.ts";

// The same cases in every run: a failure then speaks of the change under test. `FAST_CHECK_SEED` looks at others.
configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_261_121) });

// A real hash takes 30 ms of a core, and nearly every test of accounts makes some.
Object.assign(ARGON2, { memoryCost: 256, timeCost: 1 });
