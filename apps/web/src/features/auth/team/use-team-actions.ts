import type { MadeLink, RoleEntry, TeamMember } from "@pult/api/auth/team/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LogOut, UserCheck, UserCog, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { showDone } from "../../shell/undo.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useRoleText } from "../role-text.ts";
import { choiceOf, keyOfHolder, roleKey } from "./role-choice.ts";

type Team = { team: TeamMember[] };

/** The list as it will be, at once; what the server says afterwards counts. */
function useOptimisticMember() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return (id: string, change: Partial<TeamMember>) =>
    queryClient.setQueryData<Team>(
      trpc.auth.team.list.queryKey(),
      (known) => known && { team: known.team.map((member) => (member.id === id ? { ...member, ...change } : member)) },
    );
}

/** What can be done with a member: at once, undoable where it can be, and honest when refused. */
export function useTeamActions(member: TeamMember, onLink: (link: MadeLink) => void) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failed = useFailureToast();
  const roleText = useRoleText();
  const show = useOptimisticMember();
  const { id: personId, name } = member;
  // Undo must not overtake what it takes back.
  const scope = { id: `member ${personId}` };
  const role = useMutation(trpc.auth.team.setRole.mutationOptions({ scope }));
  const disabled = useMutation(trpc.auth.team.setDisabled.mutationOptions({ scope }));
  const undoLabel = t("common.undo");

  async function setRole(entry: RoleEntry | undefined, before: RoleEntry | undefined): Promise<void> {
    const choice = choiceOf(entry);
    if (!entry || !choice) return;
    show(personId, { roleName: entry.name, customRoleId: entry.id });
    try {
      await role.mutateAsync({ personId, ...choice });
      if (!before) return;
      const title = t("team.roleSet", { name, role: roleText({ roleName: entry.name }) });
      showDone({ icon: UserCog, title, undoLabel, undo: () => void setRole(before, undefined) });
    } catch (error) {
      failed(t("team.roleNotSet"))(error);
    }
  }
  async function setDisabled(wanted: boolean): Promise<void> {
    show(personId, { disabledAt: wanted ? new Date().toISOString() : null });
    try {
      const { revokedKeys } = await disabled.mutateAsync({ personId, disabled: wanted });
      // Keeping out is asked about, so it is nothing that Undo does; nor is what does not come back offered back.
      if (!wanted) return showToast({ icon: UserCheck, title: t("team.enabledDone", { name }) });
      const done = { icon: UserX, title: t("team.disabledDone", { name, keys: revokedKeys }) };
      if (revokedKeys > 0) showToast(done);
      else showDone({ ...done, undoLabel, undo: () => void setDisabled(false) });
    } catch (error) {
      failed(t("team.notChanged"))(error);
    }
  }
  const resetLink = useMutation(
    trpc.auth.team.resetLink.mutationOptions({ onSuccess: onLink, onError: failed(t("team.noLink")) }),
  );
  const endSessions = useMutation(
    trpc.auth.team.endSessions.mutationOptions({
      onSuccess: () => showToast({ icon: LogOut, title: t("team.sessionsEnded", { name }) }),
      onError: failed(t("team.notChanged")),
    }),
  );
  return {
    setRole: (wanted: RoleEntry, roles: readonly RoleEntry[]) =>
      setRole(
        wanted,
        roles.find((entry) => roleKey(entry) === keyOfHolder(member)),
      ),
    keepOut: () => setDisabled(true),
    letIn: () => void setDisabled(false),
    isChangingAccess: disabled.isPending,
    makeResetLink: () => resetLink.mutate({ personId }),
    endSessions: () => endSessions.mutate({ personId }),
  };
}
