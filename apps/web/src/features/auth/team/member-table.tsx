"use client";

import type { MadeLink, RoleEntry, TeamMember } from "@pult/api/auth/team/schema.ts";
import type { UseQueryResult } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { tableClass } from "../../../ui/table.ts";
import { TableHead } from "../../../ui/table-head.tsx";
import { SectionState } from "../../settings/section-state.tsx";
import { MemberRow } from "./member-row.tsx";

const LinkDialog = lazyModule(() => import("./link-dialog.tsx")).part((module) => module.LinkDialog);

type MemberTableProps = {
  team: UseQueryResult<{ team: TeamMember[] }, unknown>;
  roles: readonly RoleEntry[];
  search: string;
};

type Shown = { name: string; link: MadeLink };

const matches = (member: TeamMember, search: string) =>
  `${member.name} ${member.email} ${member.roleName}`.toLowerCase().includes(search.trim().toLowerCase());

/** Everybody who is or was an agent, by name. */
export function MemberTable({ team, roles, search }: MemberTableProps) {
  const t = useTranslations("team");
  const [shown, setShown] = useState<Shown | null>(null);
  const members = team.data?.team.filter((member) => matches(member, search));
  if (!members) return <SectionState error={team.error} onRetry={() => team.refetch()} />;
  if (members.length === 0) return <EmptyState icon={SearchX} title={t("notFound", { query: search })} role="status" />;
  return (
    <>
      <table className={tableClass}>
        <TableHead
          columns={[
            { label: t("member") },
            { label: t("role"), from: "wide" },
            { label: t("signIn"), from: "widest" },
            { label: t("lastSeen"), from: "wide" },
            { label: t("state"), from: "wide" },
          ]}
          last={t("actionsHead")}
        />
        <tbody>
          {members.map((member) => (
            <MemberRow
              key={member.id}
              member={member}
              roles={roles}
              onLink={(link) => setShown({ name: member.name, link })}
            />
          ))}
        </tbody>
      </table>
      {shown ? (
        <LinkDialog
          title={t("resetTitle", { name: shown.name })}
          text={t("resetText")}
          link={shown.link}
          onClose={() => setShown(null)}
        />
      ) : null}
    </>
  );
}
