/** argon2id with OWASP's figures: 19 MiB, 2 passes, 1 lane. Tests lower them, for thousands of hashes. */
export const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
