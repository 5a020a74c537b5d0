import { useFormatter, useTranslations } from "next-intl";
import { useAdmins, useAgent, useMay } from "../auth/agent-context.tsx";

const MAX_NAMED = 3;

/** What the signed-in agent may do here; the API decides by the same rules. */
export function useNotificationRights() {
  const { permissions } = useAgent();
  const mayWrite = useMay()("notifications:write");
  return { mayWrite, mayBroadcast: mayWrite && permissions.includes("all") };
}

/** Why the agent may not broadcast, and who can change that. */
export function useNoBroadcastText(): string {
  const t = useTranslations("live");
  const format = useFormatter();
  const { roleName } = useAgent();
  const admins = useAdmins().slice(0, MAX_NAMED);
  const names = format.list(admins, { type: "disjunction" });
  return admins.length > 0 ? t("noBroadcastNamed", { role: roleName, names }) : t("noBroadcast", { role: roleName });
}
