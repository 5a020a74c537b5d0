import { type BulkSettings, bulkSettings } from "@pult/api/chats/agreements/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Sheet, SheetBody } from "../../../ui/modal.tsx";
import { Select } from "../../../ui/select.tsx";
import { accountName } from "../../chats/accounts/health.tsx";
import { useAccounts } from "../../chats/accounts/use-accounts.ts";
import { SectionState } from "../../settings/section.tsx";
import { PlainForm } from "../settings/plain-form.tsx";
import { BULK_KEY } from "./use-bulks.ts";

type Draft = Record<"dailyLimit" | "gapSeconds" | "windowFrom" | "windowTo" | "timeZone" | "words", string>;
type Key = keyof Draft;

const draftOf = ({ dailyLimit, gapSeconds, windowFrom, windowTo, timeZone, words }: BulkSettings): Draft => ({
  ...{ dailyLimit: String(dailyLimit), gapSeconds: String(gapSeconds), windowFrom, windowTo, timeZone },
  words: words.join(", "),
});

const valuesOf = ({ dailyLimit, gapSeconds, words, ...times }: Draft) => ({
  ...times,
  dailyLimit: Number(dailyLimit || Number.NaN),
  gapSeconds: Number(gapSeconds || Number.NaN),
  words: words
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean),
});

const shape = bulkSettings.omit({ accountId: true, effectiveLimit: true });

type FormProps = { settings: BulkSettings; title: string; accounts: React.ReactNode; onClose: () => void };

function LimitsForm({ settings, title, accounts, onClose }: FormProps) {
  const t = useTranslations("bulk.limits");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(settings));
  const [isTried, setTried] = useState(false);
  const checked = shape.safeParse(valuesOf(draft));
  const wrong = new Set(checked.error?.issues.map(({ path }) => path[0]));
  const save = useMutation({
    mutationFn: (values: ReturnType<typeof valuesOf>) =>
      client.chats.bulk.setSettings.mutate({ ...values, accountId: settings.accountId }),
    onSuccess() {
      void queryClient.invalidateQueries({ queryKey: BULK_KEY });
      onClose();
    },
  });
  const submit = () => {
    setTried(true);
    if (checked.success) save.mutate(checked.data);
  };
  const input = (key: Key, type: "text" | "number" | "time", hint?: string) => (
    <Field
      label={t(key)}
      {...(hint ? { hint } : {})}
      {...(isTried && wrong.has(key) ? { error: t(`wrong.${key}`) } : {})}
    >
      {(control) => (
        <Input
          {...control}
          type={type}
          value={draft[key]}
          autoComplete="off"
          onChange={({ currentTarget: { value } }) => setDraft((before) => ({ ...before, [key]: value }))}
          className="max-md:h-11"
        />
      )}
    </Field>
  );
  const { effectiveLimit, dailyLimit } = settings;
  return (
    <PlainForm title={title} call={save} onSubmit={submit} onClose={onClose}>
      {accounts}
      <div className="grid grid-cols-2 gap-3">
        {input("dailyLimit", "number")}
        {input("gapSeconds", "number")}
      </div>
      {effectiveLimit < dailyLimit ? (
        <p className="-mt-2 text-12 text-warning">{t("fresh", { count: effectiveLimit })}</p>
      ) : null}
      <div className="grid grid-cols-2 gap-3">
        {input("windowFrom", "time")}
        {input("windowTo", "time")}
      </div>
      {input("timeZone", "text", t("timeZoneHint"))}
      {input("words", "text", t("wordsHint"))}
    </PlainForm>
  );
}

/** How an account may send to many: its owner's to change. */
export function LimitsSheet({ onClose }: { onClose: () => void }) {
  const t = useTranslations("bulk.limits");
  const client = useTRPCClient();
  const accounts = useAccounts().accounts ?? [];
  const [chosen, setChosen] = useState("");
  const account = accounts.find(({ id }) => id === chosen) ?? accounts[0];
  const accountId = account?.id ?? "";
  const settings = useQuery({
    queryKey: [...BULK_KEY, "settings", accountId],
    enabled: accountId !== "",
    queryFn: ({ signal }) => client.chats.bulk.settings.query({ accountId }, { signal }),
  });
  const select =
    accounts.length > 1 ? (
      <Field label={t("account")}>
        {() => (
          <Select
            look="field"
            label={t("account")}
            value={accountId}
            options={accounts.map((one) => ({ value: one.id, label: accountName(one) }))}
            onChange={setChosen}
          />
        )}
      </Field>
    ) : null;
  if (settings.data)
    return (
      <LimitsForm key={accountId} settings={settings.data} title={t("title")} accounts={select} onClose={onClose} />
    );
  return (
    <Sheet title={t("title")} onClose={onClose}>
      {account ? (
        <SectionState error={settings.error} onRetry={() => settings.refetch()} />
      ) : (
        <SheetBody>
          <p className="text-muted">{t("noAccounts")}</p>
        </SheetBody>
      )}
    </Sheet>
  );
}
