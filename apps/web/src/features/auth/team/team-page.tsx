"use client";

import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useRef, useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { SearchField } from "../../../ui/search-field.tsx";
import { SettingsHeader } from "../../settings/section.tsx";
import { allowed, useMay } from "../agent-context.tsx";
import { InvitedList } from "./invited-list.tsx";
import { MemberTable } from "./member-table.tsx";
import { RoleTable } from "./role-table.tsx";

type Tab<T extends string> = { value: T; label: string; count?: number };

type TabsProps<T extends string> = {
  label: string;
  value: T;
  tabs: readonly Tab<T>[];
  /** Id of the panel that the chosen tab shows. */
  panelId: string;
  onChange: (value: T) => void;
};

/** Parts of one page. Arrow keys move and choose. */
function Tabs<T extends string>({ label, value, tabs, panelId, onChange }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const step = (by: number) => {
    const at = tabs.findIndex((tab) => tab.value === value);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.value);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.value}"]`)?.focus();
  };
  return (
    <div
      ref={list}
      role="tablist"
      aria-label={label}
      className="flex h-11 shrink-0 items-center gap-4 overflow-x-auto overflow-y-clip border-line border-b px-4 [scrollbar-width:none] md:h-9"
    >
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          role="tab"
          data-tab={tab.value}
          aria-selected={tab.value === value}
          aria-controls={panelId}
          tabIndex={tab.value === value ? 0 : -1}
          onClick={() => onChange(tab.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowRight") step(1);
            if (event.key === "ArrowLeft") step(-1);
          }}
          className="-mb-px inline-flex h-full shrink-0 items-center gap-1.5 border-transparent border-b-2 font-medium text-muted -outline-offset-2 hover:text-fg aria-selected:border-accent aria-selected:text-fg"
        >
          {tab.label}
          {tab.count === undefined ? null : <span className="num text-11 text-muted">{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}

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
