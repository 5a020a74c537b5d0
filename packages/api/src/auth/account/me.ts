import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import type { Me, Role } from "../schema.ts";

/** The caller. @throws DomainError `UNAUTHORIZED` when anonymous */
export function getMe(ctx: Context): Me {
  const { actor } = ctx;
  const nothing = { role: "User" as Role, roleName: "User", permissions: [], scopes: [] };
  const base = { email: null, namespace: null, workspace: ctx.config.workspace, ...nothing };
  switch (actor.kind) {
    case "agent": {
      const { kind, personId: id, name, email, role, roleName, permissions, scopes } = actor;
      return { ...base, kind, id, name, email, role, roleName, permissions, scopes };
    }
    case "customer": {
      const session = actor.proof?.kind === "session" ? actor.proof : null;
      return {
        ...base,
        kind: "customer",
        id: actor.externalId,
        name: actor.name ?? actor.externalId,
        namespace: actor.namespace,
        ...(session ? { role: session.role, roleName: session.role, permissions: session.permissions } : {}),
      };
    }
    case "apiKey":
      return { ...base, kind: "apiKey", id: actor.keyId, name: actor.name, scopes: actor.scopes };
    default:
      throw requestError("signInRequired");
  }
}
