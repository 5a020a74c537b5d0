import { ROLES } from "@pult/api/auth/schema.ts";
import {
  AN_ID,
  byId,
  type Command,
  FLAG,
  type Given,
  oneOf,
  required,
  TEXT,
  type Tools,
  UsageError,
} from "../command.ts";
import { printOrWrite } from "../out-file.ts";

const ANOTHER_ID = "9d2e7c10-3a55-4f0e-8a6b-5c4d3e2f1a00";

/** Option that names a person, and the namespace of its value. */
const NAMESPACES = {
  "telegram-id": "telegram",
  "app-id": "app",
  "instagram-id": "instagram",
  wallet: "wallet",
} as const;
const IDENTITY = { "telegram-id": TEXT, "app-id": TEXT, "instagram-id": TEXT, wallet: TEXT };
const PERSON = { person: TEXT, ...IDENTITY };

type Namespace = (typeof NAMESPACES)[keyof typeof NAMESPACES];

/** @throws UsageError unless exactly one is given */
function identityOf(given: Given): { namespace: Namespace; externalId: string } {
  const found = Object.entries(NAMESPACES).flatMap(([option, namespace]) => {
    const externalId = given.text(option);
    return externalId ? [{ namespace, externalId }] : [];
  });
  const [first] = found;
  if (!first || found.length > 1)
    throw new UsageError(
      `Say who by one of ${Object.keys(IDENTITY)
        .map((option) => `--${option}`)
        .join(", ")}`,
    );
  return first;
}

/** By `--person`, else by an identity. */
function whoOf(given: Given): { personId: string } | ReturnType<typeof identityOf> {
  const personId = given.text("person");
  return personId ? { personId } : identityOf(given);
}

async function personIdOf({ api }: Tools, given: Given): Promise<string> {
  const who = whoOf(given);
  return "personId" in who ? who.personId : (await api.auth.people.show.query(who)).id;
}

export const USER_COMMANDS: readonly Command[] = [
  {
    name: "users search",
    summary: "people by words of a name, a username or an id",
    args: ["WORDS"],
    example: '"anna k"',
    run: ({ api }, { args: [query = ""] }) => api.auth.people.search.query({ query, limit: 100 }),
  },
  {
    name: "users show",
    summary: "one person: role, identities, conversations, merges",
    options: PERSON,
    example: "--telegram-id 123456789",
    run: ({ api }, given) => api.auth.people.show.query(whoOf(given)),
  },
  {
    name: "users grant",
    summary: `gives a person a role (${ROLES.join(", ")}), also before their first visit`,
    options: { ...IDENTITY, role: TEXT },
    example: "--telegram-id 123456789 --role Admin",
    run({ api }, given) {
      const role = oneOf(required(given, "role"), ROLES, "--role");
      return api.auth.people.grant.mutate({ ...identityOf(given), role });
    },
  },
  {
    name: "users revoke",
    summary: "takes a person's role back, leaving User",
    options: IDENTITY,
    example: "--telegram-id 123456789",
    run: ({ api }, given) => api.auth.people.revoke.mutate(identityOf(given)),
  },
  {
    name: "users merge",
    summary: "makes one person part of another; --dry-run shows what would come of it",
    options: { keep: TEXT, merge: TEXT, "dry-run": FLAG },
    example: `--keep ${AN_ID} --merge ${ANOTHER_ID} --dry-run`,
    run({ api }, given) {
      const input = { keepId: required(given, "keep"), mergeId: required(given, "merge") };
      return given.flag("dry-run") ? api.auth.people.previewMerge.query(input) : api.auth.people.merge.mutate(input);
    },
  },
  byId("users undo-merge", "parts two people again, by the id that the merge answered", ({ api }, id) =>
    api.auth.people.undoMerge.mutate({ id }),
  ),
  {
    name: "users export",
    summary: "everything about one person, as JSON, into a file or to stdout",
    options: { ...PERSON, out: TEXT },
    example: "--telegram-id 123456789 --out anna.json",
    async run(tools, given) {
      const personId = await personIdOf(tools, given);
      const everything = await tools.api.auth.people.export.mutate({ personId });
      return printOrWrite(given.text("out"), everything, { personId });
    },
  },
  {
    name: "users erase",
    summary: "deletes a person with all their data, for good; --dry-run counts it",
    options: { ...PERSON, "dry-run": FLAG, yes: FLAG },
    example: "--app-id user-42 --dry-run",
    async run(tools, given) {
      const personId = await personIdOf(tools, given);
      const dryRun = given.flag("dry-run");
      if (!dryRun) await tools.confirm(`Everything about ${personId} will be deleted for good.`);
      return tools.api.auth.people.erase.mutate({ personId, dryRun });
    },
  },
];
