import type { Contact } from "@pult/api/crm/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, Combine } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useId, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Dialog } from "../../../ui/modal.tsx";
import { SectionState } from "../../settings/section.tsx";
import { showDone } from "../../shell/undo.ts";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { dropRecords, putRecord, readCrmAgain } from "../data/records-cache.ts";
import { useRecord } from "../data/use-records.ts";
import { useMoney } from "../money.ts";

/** Makes two contacts one, and takes that back. */
function useMerge(onMerged: (kept: Contact) => void) {
  const t = useTranslations("contacts.merge");
  const tCommon = useTranslations("common");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  return useMutation({
    mutationFn: (input: { keepId: string; mergeId: string }) => client.chats.contacts.merge.mutate(input),
    onSuccess({ merge, contact }, { mergeId }) {
      dropRecords(queryClient, new Set([mergeId]));
      putRecord(queryClient, contact);
      readCrmAgain(queryClient);
      const undo = () =>
        client.chats.contacts.unmerge
          .mutate({ id: merge })
          .then(() => readCrmAgain(queryClient), failed(t("notUndone")));
      showDone({
        icon: Combine,
        title: t("merged", { name: contact.name }),
        undoLabel: tCommon("undo"),
        undo: () => void undo(),
      });
      onMerged(contact);
    },
  });
}

type RowsProps = { label: string; values: readonly [ReactNode, ReactNode] };

function CompareRow({ label, values }: RowsProps) {
  const [left, right] = values;
  if (!left && !right) return null;
  return (
    <tr>
      <th
        scope="row"
        className="w-28 border-line border-b px-4 py-1.5 text-left align-top font-normal text-12 text-muted"
      >
        {label}
      </th>
      {[left, right].map((value, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: left and right
        <td key={index} className="num border-line border-b px-2 py-1.5 align-top">
          {value || <span className="text-muted">–</span>}
        </td>
      ))}
    </tr>
  );
}

function Compare({
  pair,
  keptId,
  onKeep,
}: {
  pair: readonly [Contact, Contact];
  keptId: string;
  onKeep: (id: string) => void;
}) {
  const t = useTranslations("contacts");
  const time = useTimeText();
  const { moneys } = useMoney();
  const group = useId();
  const both = (read: (contact: Contact) => ReactNode): [ReactNode, ReactNode] => [read(pair[0]), read(pair[1])];
  return (
    <table className="w-full table-fixed border-separate border-spacing-0 text-13">
      <thead>
        <tr>
          <th className="w-28 border-line border-b px-4 text-left font-normal text-12 text-muted">{t("merge.keep")}</th>
          {pair.map(({ id, name }) => (
            <th
              key={id}
              scope="col"
              className={cx("border-line border-b px-2 py-2 text-left", id === keptId && "bg-accent-soft")}
            >
              <label className="flex cursor-pointer items-center gap-2">
                <input
                  type="radio"
                  name={group}
                  checked={id === keptId}
                  onChange={() => onKeep(id)}
                  className="accent-accent"
                />
                <span dir="auto" className="min-w-0 truncate">
                  {name}
                </span>
              </label>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <CompareRow label={t("field.username")} values={both(({ username }) => username && `@${username}`)} />
        <CompareRow label={t("field.phone")} values={both(({ phone }) => phone)} />
        <CompareRow label={t("field.email")} values={both(({ email }) => email)} />
        <CompareRow label={t("field.companyId")} values={both(({ companyName }) => companyName)} />
        <CompareRow label={t("column.owner")} values={both(({ ownerName }) => ownerName)} />
        <CompareRow label={t("column.tags")} values={both(({ tags }) => tags.map(({ name }) => name).join(", "))} />
        <CompareRow label={t("column.openDeals")} values={both(({ openAmounts }) => moneys(openAmounts))} />
        <CompareRow label={t("field.source")} values={both(({ source }) => source)} />
        <CompareRow label={t("field.createdAt")} values={both(({ createdAt }) => time.date(createdAt))} />
      </tbody>
    </table>
  );
}

type MergeDialogProps = { ids: readonly [string, string]; onMerged: (kept: Contact) => void; onClose: () => void };

/** Two contacts beside each other: which one stays. What only the other has goes over to it. */
export function MergeDialog({ ids, onMerged, onClose }: MergeDialogProps) {
  const t = useTranslations("contacts.merge");
  const tCommon = useTranslations("common");
  const errorText = useErrorText();
  const first = useRecord("contact", ids[0]);
  const second = useRecord("contact", ids[1]);
  const [keptId, setKeptId] = useState(ids[0]);
  const merge = useMerge((kept) => {
    onClose();
    onMerged(kept);
  });
  const mergeId = keptId === ids[0] ? ids[1] : ids[0];
  const refusal = errorText(merge.error);
  return (
    <Dialog onClose={onClose} title={t("title")} className="top-16 max-h-[calc(100dvh-96px)] w-[640px]">
      {refusal ? (
        <Banner tone="danger" icon={CircleAlert}>
          {refusal}
        </Banner>
      ) : null}
      <div className="scroll-pane flex min-h-40 flex-1 flex-col">
        {first.data && second.data ? (
          <Compare pair={[first.data, second.data]} keptId={keptId} onKeep={setKeptId} />
        ) : (
          <SectionState
            error={first.error ?? second.error}
            onRetry={() => {
              void first.refetch();
              void second.refetch();
            }}
          />
        )}
      </div>
      <footer className="flex shrink-0 flex-wrap items-center justify-end gap-2 px-4 py-3">
        <span className="min-w-40 flex-1 text-12 text-muted">{t("about")}</span>
        <Button onClick={onClose}>{tCommon("cancel")}</Button>
        <Button
          variant="primary"
          aria-disabled={merge.isPending || !first.data || !second.data}
          onClick={() => !merge.isPending && first.data && second.data && merge.mutate({ keepId: keptId, mergeId })}
        >
          {t("do")}
        </Button>
      </footer>
    </Dialog>
  );
}
