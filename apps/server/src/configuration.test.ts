import { expect, it } from "vitest";
import type { z } from "zod";
import { ALIASES, SECTIONS } from "./env.ts";

const HEAD = `# Configuration

Every environment variable that the server reads. An empty variable counts as absent. A malformed value stops the start with a message
that names the variable. A second name in the first column means the same variable; values that disagree stop the start.

\`npm run admin\` reads \`PULT_URL\` and \`PULT_API_KEY\`, else \`PULT_ADMIN_KEY\`.

A single node generates absent secrets once and keeps them in \`DATA_DIR/secrets.json\`. Several nodes (\`REDIS_URL\`) must be given the same
\`DATABASE_URL\`, \`JWT_SECRET\`, \`ENCRYPTION_KEY\`, \`VAPID_PUBLIC_KEY\` and \`VAPID_PRIVATE_KEY\`.

Generated from [env.ts](../apps/server/src/env.ts): \`npx vitest run apps/server/src/configuration.test.ts -u\`.
`;

const render = () => [HEAD, ...Object.entries(SECTIONS).map(renderSection)].join("\n");

function renderSection([title, variables]: [string, Record<string, z.ZodType>]): string {
  const rows = Object.entries(variables).map(([name, type]) => {
    expect(type.description, name).toBeTruthy();
    const aliases = (ALIASES[name] ?? []).map((alias) => `, \`${alias}\``).join("");
    return `| \`${name}\`${aliases} | ${defaultOf(type)} | ${type.description} |`;
  });
  return `## ${title}\n\n| variable | default | meaning |\n|---|---|---|\n${rows.join("\n")}\n`;
}

function defaultOf(type: z.ZodType): string {
  const value = type.parse(undefined);
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "";
  return `\`${typeof value === "boolean" ? Number(value) : value}\``;
}

it("docs/configuration.md names every variable as env.ts reads it", async () => {
  await expect(render()).toMatchFileSnapshot("../../../docs/configuration.md");
});
