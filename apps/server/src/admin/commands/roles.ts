import { PERMISSIONS, ROLES, type Role } from "@pult/api/auth/schema.ts";
import { type Command, oneOf, required, TEXT, TEXTS, type Tools, UsageError } from "../command.ts";
import { scopesOf } from "./keys.ts";

export type RoleChoice = { role: Role } | { customRoleId: string };

/** A role by its name, documented or custom. @throws UsageError when there is none of that name */
export async function findRole({ api }: Pick<Tools, "api">, name: string, option: string): Promise<RoleChoice> {
  const role = ROLES.find((one) => one === name);
  if (role) return { role };
  const { roles } = await api.auth.roles.list.query();
  const custom = roles.find((one) => !one.builtIn && (one.name === name || one.id === name));
  if (custom?.id) return { customRoleId: custom.id };
  throw new UsageError(`${option} must be one of ${roles.map((one) => one.name).join(", ")}`);
}

export const ROLE_COMMANDS: readonly Command[] = [
  {
    name: "roles list",
    summary: "the documented roles and those that were made, with what they hold and how many agents have them",
    example: "",
    run: ({ api }) => api.auth.roles.list.query(),
  },
  {
    name: "roles create",
    summary: `makes a role of scopes and documented permissions (${PERMISSIONS.join(", ")})`,
    options: { name: TEXT, scope: TEXTS, permission: TEXTS },
    example: '--name "Night shift" --scope support:write --permission mute',
    run: ({ api }, given) =>
      api.auth.roles.create.mutate({
        name: required(given, "name"),
        scopes: scopesOf(given),
        permissions: given.list("permission").map((one) => oneOf(one, PERMISSIONS, "--permission")),
      }),
  },
  {
    name: "roles remove",
    summary: "removes a custom role that no agent holds",
    args: ["NAME"],
    example: '"Night shift"',
    async run(tools, { args: [name = ""] }) {
      const choice = await findRole(tools, name, "NAME");
      if (!("customRoleId" in choice)) throw new UsageError(`${name} is documented, and stays`);
      return tools.api.auth.roles.remove.mutate({ id: choice.customRoleId });
    },
  },
];
