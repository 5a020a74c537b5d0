import type { Client } from "@pult/api/client.ts";
import type { DeliveriesInput } from "@pult/api/notices/schema.ts";
import { AN_ID, type Command, oneOf, optionalNumber, TEXT, UsageError } from "../command.ts";

const STATES = ["waiting", "done", "skipped", "failed", "unknown", "parked"] as const;

/** The devices that a test push is for: the one that was named, or all that a person has in use. */
async function devicesToTest(api: Client["api"], device?: string, personId?: string): Promise<string[]> {
  if (device) return [device];
  if (!personId) throw new UsageError("--device or --person is missing");
  const { devices } = await api.notifications.push.devices.query({ personId });
  return devices.filter(({ removedAt }) => removedAt === null).map(({ id }) => id);
}

export const NOTICE_COMMANDS: readonly Command[] = [
  {
    name: "push devices",
    summary: "devices of a person, newest first, with the last answer of their provider",
    args: ["PERSON_ID"],
    example: AN_ID,
    run: ({ api }, { args }) => api.notifications.push.devices.query({ personId: args[0] ?? "" }),
  },
  {
    name: "push test",
    summary: "sends a test push to a device, or to every device of a person, and shows what the provider says",
    options: { device: TEXT, person: TEXT },
    example: `--person ${AN_ID}`,
    run: async ({ api }, given) => {
      const answers = [];
      for (const deviceId of await devicesToTest(api, given.optional("device"), given.optional("person")))
        answers.push({ deviceId, ...(await api.notifications.push.test.mutate({ deviceId })) });
      return { answers };
    },
  },
  {
    name: "deliveries",
    summary: "pushes and bot messages to people, newest first: what waits or was held back says why",
    options: { person: TEXT, state: TEXT, limit: TEXT, before: TEXT },
    example: "--state failed --limit 20",
    run: ({ api }, given) => {
      const state = given.optional("state");
      const input: Partial<DeliveriesInput> = {
        personId: given.optional("person") ?? "all",
        ...(state ? { state: oneOf(state, STATES, "--state") } : {}),
        limit: optionalNumber(given, "limit"),
        before: optionalNumber(given, "before"),
      };
      return api.notifications.deliveries.list.query(input);
    },
  },
];
