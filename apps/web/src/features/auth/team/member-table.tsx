"use client";

import type { MadeLink, RoleEntry, TeamMember } from "@pult/api/auth/team/schema.ts";
import type { UseQueryResult } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { headCellClass, tableClass, WIDE_ONLY, WIDEST_ONLY } from "../../../ui/table.ts";
import { SectionState } from "../../settings/section-state.tsx";
import { MemberRow } from "./member-row.tsx";

const LinkDialog = dynamic(() => import("./link-dialog.tsx").then((module) => module.LinkDialog), { ssr: false });

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
        <thead className="max-md:sr-only">
          <tr>
            <th className={headCellClass}>{t("member")}</th>
            <th className={cx(headCellClass, WIDE_ONLY)}>{t("role")}</th>
            <th className={cx(headCellClass, WIDEST_ONLY)}>{t("signIn")}</th>
            <th className={cx(headCellClass, WIDE_ONLY)}>{t("lastSeen")}</th>
            <th className={cx(headCellClass, WIDE_ONLY)}>{t("state")}</th>
            <th className={headCellClass}>
              <span className="sr-only">{t("actionsHead")}</span>
            </th>
          </tr>
        </thead>
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
