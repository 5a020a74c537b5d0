"use client";

import type { Bulk } from "@pult/api/chats/bulk/schema.ts";
import { ArrowLeft, Gauge, Megaphone, Plus } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton, iconButtonClass } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { PaneHeader } from "../../../ui/pane-header.tsx";
import { ProgressBar } from "../../../ui/progress-bar.tsx";
import { allowed, useMay } from "../../auth/agent-context.tsx";
import { SectionState } from "../../settings/section.tsx";
import { CONTACTS } from "../contacts-href.ts";
import { BulkDetail } from "./bulk-detail.tsx";
import { BulkStateText, progressOf } from "./bulk-state.tsx";
import { useBulkLogs, useBulks } from "./use-bulks.ts";

const BulkSheet = lazyModule(() => import("./bulk-sheet.tsx")).part((module) => module.BulkSheet);
const LimitsSheet = lazyModule(() => import("./limits-sheet.tsx")).part((module) => module.LimitsSheet);

type RowProps = { bulk: Bulk; isOpen: boolean; onOpen: () => void };

function Row({ bulk, isOpen, onOpen }: RowProps) {
  const t = useTranslations("bulk");
  const time = useTimeText();
  const { name, state, endsAt, createdAt } = bulk;
  const { done, total } = progressOf(bulk);
  const isGoing = state === "running" || state === "paused";
  const ends = state === "running" && endsAt ? t("endsAt", { time: time.moment(endsAt) }) : time.moment(createdAt);
  return (
    <li className="border-line border-b">
      <button
        type="button"
        aria-current={isOpen ? "true" : undefined}
        onClick={onOpen}
        className="flex w-full flex-col gap-1.5 px-4 py-2.5 text-left -outline-offset-2 hover:bg-surface-2 aria-[current]:bg-surface-3"
      >
        <span className="flex w-full items-center gap-3">
          <span dir="auto" className="min-w-0 flex-1 truncate font-medium">
            {name}
          </span>
          <BulkStateText state={state} />
        </span>
        {isGoing ? <ProgressBar label={t("progress")} {...progressOf(bulk)} /> : null}
        <span className="num flex w-full gap-3 text-12 text-muted">
          <span className="min-w-0 flex-1 truncate">
            {state === "draft" || state === "waiting"
              ? t("recipients", { count: total })
              : t("doneOf", { done, total })}
          </span>
          <span className="shrink-0">{ends}</span>
        </span>
      </button>
    </li>
  );
}

type Over = { what: "write"; bulk: Bulk | null } | { what: "limits" };

function Bulks() {
  const t = useTranslations("bulk");
  const mayWrite = useMay()("chats:write");
  useBulkLogs();
  const list = useBulks();
  const [openId, setOpenId] = useQueryState("open", parseAsString.withOptions({ history: "push" }));
  const [over, setOver] = useState<Over | null>(null);
  const bulks = list.data;
  const open = bulks?.find(({ id }) => id === openId) ?? null;
  const write = (
    <Button variant="primary" onClick={() => setOver({ what: "write", bulk: null })} className="max-md:h-10">
      <Icon of={Plus} />
      {t("new")}
    </Button>
  );
  const rows = () => {
    if (!bulks) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
    if (bulks.length === 0)
      return (
        <EmptyState icon={Megaphone} title={t("empty")} hint={t("emptyHint")}>
          {mayWrite ? write : null}
        </EmptyState>
      );
    return (
      <ul aria-label={t("title")}>
        {bulks.map((bulk) => (
          <Row key={bulk.id} bulk={bulk} isOpen={bulk.id === openId} onOpen={() => void setOpenId(bulk.id)} />
        ))}
      </ul>
    );
  };
  const isEmpty = bulks?.length === 0;
  const back = (
    <Link href={CONTACTS} prefetch={false} aria-label={t("back")} title={t("back")} className={iconButtonClass()}>
      <Icon of={ArrowLeft} />
    </Link>
  );
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PaneHeader title={t("title")} leading={back}>
        <IconButton icon={Gauge} label={t("limits.title")} onClick={() => setOver({ what: "limits" })} />
        {mayWrite && !isEmpty ? (
          <>
            <span className="contents max-md:hidden">{write}</span>
            <IconButton
              icon={Plus}
              label={t("new")}
              onClick={() => setOver({ what: "write", bulk: null })}
              className="md:hidden"
            />
          </>
        ) : null}
      </PaneHeader>
      <div className="flex min-h-0 flex-1">
        <div
          className={cx(
            "scroll-pane flex min-h-0 min-w-0 flex-col max-md:flex-1",
            isEmpty ? "flex-1" : "md:w-[340px] md:shrink-0 md:border-line md:border-r",
            open && "max-md:hidden",
          )}
        >
          {rows()}
        </div>
        {open ? (
          <BulkDetail
            key={open.id}
            bulk={open}
            onEdit={() => setOver({ what: "write", bulk: open })}
            onClose={() => void setOpenId(null)}
          />
        ) : isEmpty || !bulks ? null : (
          <div className="grid min-w-0 flex-1 place-items-center text-muted max-md:hidden">{t("choose")}</div>
        )}
      </div>
      {over?.what === "write" ? (
        <BulkSheet
          bulk={over.bulk}
          contactIds={null}
          onClose={() => setOver(null)}
          onSaved={({ id }) => void setOpenId(id)}
        />
      ) : null}
      {over?.what === "limits" ? <LimitsSheet onClose={() => setOver(null)} /> : null}
    </div>
  );
}

/** Messages to many: what is written, what waits for approval, and how far each is. */
export const BulkPage = allowed("chats:read", Bulks);
