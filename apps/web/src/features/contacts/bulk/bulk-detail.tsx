import type { Bulk } from "@pult/api/chats/bulk/schema.ts";
import { ArrowLeft, Ban, Check, CircleAlert, Hourglass, Pause, PenLine, Play, RotateCw } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { Facts } from "../../../ui/opening-row.tsx";
import { ProgressBar } from "../../../ui/progress-bar.tsx";
import { accountName } from "../../chats/accounts/health.tsx";
import { useAccounts } from "../../chats/accounts/use-accounts.ts";
import { BulkStateText, progressOf } from "./bulk-state.tsx";
import { RecipientList } from "./recipient-list.tsx";
import { useBulkActions } from "./use-bulks.ts";

type Asked = "approve" | "cancel" | null;

/** What can be done with it now; the next step is the filled one. */
function Actions({ bulk, onEdit }: { bulk: Bulk; onEdit: () => void }) {
  const t = useTranslations("bulk");
  const time = useTimeText();
  const { submit, approve, setState, checkAgain } = useBulkActions();
  const [asked, setAsked] = useState<Asked>(null);
  const { id, state, counts, mayChange, mayApprove, endsAt } = bulk;
  if (!mayChange || state === "done" || state === "cancelled") return null;
  const isOpen = state === "draft" || state === "waiting";
  return (
    <div className="flex flex-wrap gap-2">
      {state === "draft" ? (
        <Button
          variant="primary"
          aria-disabled={counts.queued === 0 || submit.isPending}
          onClick={() => counts.queued > 0 && submit.mutate(bulk)}
        >
          <Icon of={Hourglass} />
          {t("submit")}
        </Button>
      ) : null}
      {mayApprove ? (
        <Button variant="primary" onClick={() => setAsked("approve")}>
          <Icon of={Check} />
          {t("approve")}
        </Button>
      ) : null}
      {state === "running" ? (
        <Button onClick={() => setState.mutate({ id, state: "paused" })}>
          <Icon of={Pause} />
          {t("pause")}
        </Button>
      ) : null}
      {state === "paused" ? (
        <Button variant="primary" onClick={() => setState.mutate({ id, state: "running" })}>
          <Icon of={Play} />
          {t("resume")}
        </Button>
      ) : null}
      {isOpen ? (
        <>
          <Button onClick={onEdit}>
            <Icon of={PenLine} />
            {t("edit")}
          </Button>
          <Button aria-disabled={checkAgain.isPending} onClick={() => checkAgain.mutate(bulk)}>
            <Icon of={RotateCw} />
            {t("checkAgain")}
          </Button>
        </>
      ) : null}
      <Button onClick={() => setAsked("cancel")}>
        <Icon of={Ban} />
        {t("cancel")}
      </Button>
      {asked === "approve" ? (
        <ConfirmDialog
          title={t("approveTitle", { count: counts.queued })}
          text={<p>{t("approveText", { time: endsAt ? time.moment(endsAt) : "–" })}</p>}
          action={t("approve")}
          isBusy={approve.isPending}
          onClose={() => setAsked(null)}
          onConfirm={() => approve.mutate(bulk, { onSettled: () => setAsked(null) })}
        />
      ) : null}
      {asked === "cancel" ? (
        <ConfirmDialog
          isDanger
          title={t("cancelTitle")}
          text={<p>{t("cancelText", { count: counts.queued })}</p>}
          action={t("cancel")}
          isBusy={setState.isPending}
          onClose={() => setAsked(null)}
          onConfirm={() => setState.mutate({ id, state: "cancelled" }, { onSettled: () => setAsked(null) })}
        />
      ) : null}
    </div>
  );
}

const COUNTED = ["queued", "sending", "sent", "read", "failed", "unknown", "skipped"] as const;

function Counts({ bulk }: { bulk: Bulk }) {
  const t = useTranslations("bulk");
  const format = useFormatter();
  const { done, total } = progressOf(bulk);
  return (
    <section aria-label={t("progress")} className="flex flex-col gap-2">
      {bulk.approvedAt ? (
        <>
          <ProgressBar label={t("progress")} {...progressOf(bulk)} />
          <span className="num text-12 text-muted">{t("doneOf", { done, total })}</span>
        </>
      ) : null}
      <dl className="num flex flex-wrap gap-x-6 gap-y-2">
        {COUNTED.filter((state) => bulk.counts[state] > 0).map((state) => (
          <div key={state}>
            <dt className="text-11 text-muted">{t(`recipient.${state}`)}</dt>
            <dd className="font-semibold text-14">{format.number(bulk.counts[state])}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const KNOWN_REASONS = ["PEER_FLOOD", "accountExpired", "restored", "internal"] as const;

/** Why it stands still, or what it waits for. */
function Standing({ bulk }: { bulk: Bulk }) {
  const t = useTranslations("bulk");
  const { state, pauseReason, mayApprove, counts } = bulk;
  if (state === "paused" && pauseReason) {
    const known = KNOWN_REASONS.find((one) => one === pauseReason);
    return (
      <Banner tone="danger" icon={CircleAlert}>
        {known ? t(`pausedBy.${known}`) : t("pausedBy.telegram", { reason: pauseReason })}
      </Banner>
    );
  }
  if (state === "waiting")
    return (
      <Banner tone="warning" icon={Hourglass}>
        {t(mayApprove ? "waitsForYou" : "waitsForOther")}
      </Banner>
    );
  if (state === "draft" && counts.queued === 0)
    return (
      <Banner tone="warning" icon={CircleAlert}>
        {t("noRecipients")}
      </Banner>
    );
  return null;
}

type BulkDetailProps = { bulk: Bulk; onEdit: () => void; onClose: () => void };

/** One bulk message: its text, how far it is, and each recipient. */
export function BulkDetail({ bulk, onEdit, onClose }: BulkDetailProps) {
  const t = useTranslations("bulk");
  const time = useTimeText();
  const account = useAccounts().accounts?.find(({ id }) => id === bulk.accountId);
  const { name, state, text, authorName, approvedByName, approvedAt, finishedAt, nextAt, endsAt } = bulk;
  const isLeft = state !== "cancelled" && state !== "done";
  return (
    <div className="scroll-pane flex min-h-0 min-w-0 flex-1 flex-col">
      <Standing bulk={bulk} />
      <div className="flex flex-col gap-4 p-4">
        <header className="flex items-center gap-2">
          <button
            type="button"
            aria-label={t("backToList")}
            onClick={onClose}
            className={`${iconButtonClass()} -ml-2 md:hidden`}
          >
            <Icon of={ArrowLeft} />
          </button>
          <h2 dir="auto" className="min-w-0 flex-1 truncate font-semibold text-16">
            {name}
          </h2>
          <BulkStateText state={state} />
        </header>
        <Actions bulk={bulk} onEdit={onEdit} />
        <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,260px)]">
          <p dir="auto" className="whitespace-pre-wrap break-words rounded-3 bg-surface-2 px-3 py-2 text-14">
            {text}
            <span className="block pt-2 text-12 text-muted">{t("stopAdded")}</span>
          </p>
          <Facts
            className="content-start"
            rows={[
              [t("account"), account ? accountName(account) : ""],
              [t("author"), authorName],
              [t("approvedBy"), approvedByName ? `${approvedByName}, ${time.moment(approvedAt ?? "")}` : ""],
              [t("next"), isLeft && nextAt ? time.moment(nextAt) : ""],
              [t("ends"), isLeft && endsAt ? time.moment(endsAt) : ""],
              [t("finished"), finishedAt ? time.moment(finishedAt) : ""],
            ]}
          />
        </div>
        <Counts bulk={bulk} />
      </div>
      <RecipientList bulk={bulk} />
    </div>
  );
}
