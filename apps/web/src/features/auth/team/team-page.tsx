"use client";

import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { SearchField } from "../../../ui/search-field.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { SettingsHeader } from "../../settings/section.tsx";
import { allowed, useMay } from "../agent-context.tsx";
import { InvitedList } from "./invited-list.tsx";
import { MemberTable } from "./member-table.tsx";
import { RoleTable } from "./role-table.tsx";

const InviteSheet = lazyModule(() => import("./invite-sheet.tsx")).part((module) => module.InviteSheet);

const TABS = ["members", "invited", "roles"] as const;
const PANEL = "team-panel";

function Team() {
  const t = useTranslations("team");
  const trpc = useTRPC();
  const mayWrite = useMay()("auth:write");
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(TABS).withDefault("members"));
  const [search, setSearch] = useState("");
  const [isInviting, setInviting] = useState(false);
  const team = useQuery(trpc.auth.team.list.queryOptions(undefined, { staleTime: 0 }));
  const invited = useQuery(trpc.auth.team.invitations.queryOptions(undefined, { staleTime: 0 }));
  const roles = useQuery(trpc.auth.roles.list.queryOptions(undefined, { staleTime: 0 }));
  const counts = {
    members: team.data?.team.length,
    invited: invited.data?.invitations.length,
    roles: roles.data?.roles.length,
  };
  return (
    <>
      <SettingsHeader title={t("title")}>
        {tab === "members" ? (
          <SearchField label={t("find")} value={search} onChange={setSearch} className="w-50 max-md:hidden" />
        ) : null}
        {mayWrite ? (
          <Button variant="primary" onClick={() => setInviting(true)}>
            <Icon of={UserPlus} />
            {t("invite")}
          </Button>
        ) : null}
      </SettingsHeader>
      <Tabs
        label={t("title")}
        panelId={PANEL}
        value={tab}
        tabs={TABS.map((value) => ({ value, label: t(`tab.${value}`), count: counts[value] }))}
        onChange={setTab}
      />
      <div id={PANEL} role="tabpanel" aria-label={t(`tab.${tab}`)} className="scroll-pane flex min-h-0 flex-1 flex-col">
        {tab === "members" ? <MemberTable team={team} roles={roles.data?.roles ?? []} search={search} /> : null}
        {tab === "invited" ? <InvitedList invited={invited} onInvite={() => setInviting(true)} /> : null}
        {tab === "roles" ? <RoleTable roles={roles} /> : null}
      </div>
      {isInviting ? <InviteSheet roles={roles.data?.roles ?? []} onClose={() => setInviting(false)} /> : null}
    </>
  );
}

export const TeamPage = allowed("auth:read", Team);
