"use client";

import type { Retention } from "@pult/api/retention/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { Select } from "../../../ui/select.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { SectionState, SettingsHeader } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { allowed, useMay } from "../agent-context.tsx";
import { choicesOf, daysOf, groupKinds, isShorter, optionOf } from "./retention-choices.ts";

/** What is deleted here and comes again from where it is kept. */
const FETCHED_AGAIN = "telegramMessages";

/** Days, or for ever, in words. */
function useTimeWords() {
  const t = useTranslations("retention");
  return (days: number | null) => (days === null ? t("forever") : t("days", { days }));
}

type RowProps = { kind: string; days: number | null; onChoose: (days: number | null) => void };

function Row({ kind, days, onChoose }: RowProps) {
  const t = useTranslations("retention");
  const words = useTimeWords();
  const mayWrite = useMay()("auth:write");
  const name = t.has(`kind.${kind}` as never) ? t(`kind.${kind}` as never) : kind;
  const hint = t.has(`hint.${kind}` as never) ? t(`hint.${kind}` as never) : null;
  return (
    <li className="flex min-h-12 items-center gap-4 border-line border-b px-4 py-2">
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{name}</span>
        {hint ? <span className="mt-0.5 block max-w-[68ch] text-12 text-muted">{hint}</span> : null}
      </span>
      {mayWrite ? (
        <Select
          label={t("keep", { kind: name })}
          value={optionOf(days)}
          options={choicesOf(kind, days).map((choice) => ({ value: optionOf(choice), label: words(choice) }))}
          onChange={(value) => onChoose(daysOf(value))}
          className="shrink-0"
        />
      ) : (
        <span className="num shrink-0 text-muted">{words(days)}</span>
      )}
    </li>
  );
}

/** Changes how long a kind is kept: at once where it is kept longer, after a question where something may be deleted. */
function useChoice() {
  const t = useTranslations("retention");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const [asked, setAsked] = useState<{ kind: string; days: number } | null>(null);
  const queryKey = trpc.auth.retention.get.queryKey();
  const set = useMutation(
    trpc.auth.retention.set.mutationOptions({
      onSuccess(next) {
        queryClient.setQueryData(queryKey, next);
        showToast({ icon: Archive, title: t("changed") });
      },
      onError: failed(t("notChanged")),
      onSettled() {
        setAsked(null);
        return readAgain(queryClient, queryKey);
      },
    }),
  );
  return {
    asked,
    set,
    cancel: () => setAsked(null),
    choose(kind: string, before: number | null, days: number | null) {
      if (days !== null && isShorter(days, before)) setAsked({ kind, days });
      else set.mutate({ [kind]: days });
    },
  };
}

function Kinds({ retention }: { retention: Retention }) {
  const t = useTranslations("retention");
  const words = useTimeWords();
  const { asked, set, cancel, choose } = useChoice();
  const askedName = asked && t.has(`kind.${asked.kind}` as never) ? t(`kind.${asked.kind}` as never) : asked?.kind;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <p className="max-w-[80ch] px-4 pt-4 pb-2 text-fg-2">{t("intro")}</p>
      {groupKinds(Object.keys(retention)).map(({ group, kinds }) => (
        <section key={group} aria-label={t(`group.${group}`)} className="pt-3">
          <h2 className="border-line border-b px-4 pb-2 font-semibold text-13">{t(`group.${group}`)}</h2>
          <ul>
            {kinds.map((kind) => {
              const days = retention[kind] ?? null;
              return <Row key={kind} kind={kind} days={days} onChoose={(next) => choose(kind, days, next)} />;
            })}
          </ul>
        </section>
      ))}
      {asked ? (
        <ConfirmDialog
          isDanger
          isBusy={set.isPending}
          title={t("askTitle", { time: words(asked.days) })}
          text={asked.kind === FETCHED_AGAIN ? t(`hint.${FETCHED_AGAIN}`) : t("askText", { kind: askedName ?? "" })}
          action={t("ask", { time: words(asked.days) })}
          onClose={cancel}
          onConfirm={() => set.mutate({ [asked.kind]: asked.days })}
        />
      ) : null}
    </div>
  );
}

function RetentionContent() {
  const t = useTranslations("retention");
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.auth.retention.get.queryOptions());
  return (
    <>
      <SettingsHeader title={t("title")} />
      {data ? <Kinds retention={data} /> : <SectionState error={error} onRetry={() => refetch()} />}
    </>
  );
}

/** How long each kind of data is kept. */
export const RetentionPage = allowed("auth:read", RetentionContent);
