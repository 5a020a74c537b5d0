import { createApiKeyInput } from "@pult/api/auth/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { SecretField } from "../../../ui/copy-button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { Select } from "../../../ui/select.tsx";
import { SheetForm, SheetOutcome } from "../../settings/sheet-form.tsx";
import { ScopeGrid } from "../scope-grid.tsx";
import { useSchemaForm } from "../use-schema-form.ts";

const DAY_MS = 86_400_000;
const LIVES = ["30", "90", "365", "never"] as const;
type Life = (typeof LIVES)[number];

const endOf = (life: Life) =>
  life === "never" ? undefined : new Date(Date.now() + Number(life) * DAY_MS).toISOString();

/** The key itself is in this answer and nowhere else. */
function KeyShown({ secret, onClose }: { secret: string; onClose: () => void }) {
  const t = useTranslations();
  return (
    <SheetOutcome onClose={onClose}>
      <SecretField label={t("apiKeys.secret")} value={secret} hint={t("apiKeys.secretHint")} />
      <div>
        <p className="mb-1.5 font-medium text-12 text-fg-2">{t("apiKeys.tryIt")}</p>
        <pre className="overflow-x-auto rounded-2 bg-surface-3 px-3 py-2 font-mono text-12 text-fg-2">
          {`curl -H "Authorization: Bearer ${secret.slice(0, 9)}…" \\\n  ${location.origin}/trpc/auth.me`}
        </pre>
      </div>
    </SheetOutcome>
  );
}

function KeyForm({ onClose, onCreated }: { onClose: () => void; onCreated: (key: string) => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const time = useTimeText();
  const create = useMutation(trpc.auth.apiKeys.create.mutationOptions({ onSuccess: ({ key }) => onCreated(key) }));
  const [life, setLife] = useState<Life>("90");
  const form = useSchemaForm(createApiKeyInput, {
    defaultValues: { name: "", scopes: [], expiresAt: endOf("90") },
  });
  const { errors } = form.formState;
  const [scopes, expiresAt] = form.watch(["scopes", "expiresAt"]);
  return (
    <SheetForm
      form={form}
      call={create}
      onSend={create.mutate}
      submitLabel={t("apiKeys.create")}
      note={t("apiKeys.onceNote")}
      onClose={onClose}
    >
      <Field label={t("apiKeys.name")} hint={t("apiKeys.nameHint")} error={errors.name && t("apiKeys.nameRequired")}>
        {(control) => (
          <Input
            {...control}
            {...form.register("name")}
            maxLength={100}
            autoComplete="off"
            data-first-focus
            className="max-md:h-11"
          />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <div>
          <p aria-hidden className="mb-1.5 font-medium text-12 text-fg-2">
            {t("apiKeys.expires")}
          </p>
          <Select
            look="field"
            label={t("apiKeys.expires")}
            value={life}
            options={LIVES.map((value) => ({ value, label: t(`apiKeys.life.${value}`) }))}
            onChange={(next) => {
              setLife(next);
              form.setValue("expiresAt", endOf(next));
            }}
          />
          <p className="num mt-1.5 text-12 text-muted">
            {expiresAt ? time.date(expiresAt) : t("apiKeys.untilRevoked")}
          </p>
        </div>
        <Field
          label={t("apiKeys.limit")}
          hint={t("apiKeys.limitHint")}
          error={errors.limitPerMinute && t("apiKeys.limitInvalid")}
        >
          {(control) => (
            <Input
              {...control}
              {...form.register("limitPerMinute", { setValueAs: (text) => (text ? Number(text) : undefined) })}
              inputMode="numeric"
              placeholder={t("apiKeys.limitDefault")}
              autoComplete="off"
              className="num max-md:h-11"
            />
          )}
        </Field>
      </div>
      <ScopeGrid
        hasEverything
        value={scopes}
        onChange={(next) => form.setValue("scopes", next, { shouldValidate: form.formState.isSubmitted })}
        error={errors.scopes && t("apiKeys.scopesRequired")}
      />
    </SheetForm>
  );
}

export function CreateKeySheet({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const [secret, setSecret] = useState<string | null>(null);

  return (
    <Sheet onClose={onClose} title={t(secret ? "apiKeys.created" : "apiKeys.createTitle")}>
      {secret ? <KeyShown secret={secret} onClose={onClose} /> : <KeyForm onClose={onClose} onCreated={setSecret} />}
    </Sheet>
  );
}
