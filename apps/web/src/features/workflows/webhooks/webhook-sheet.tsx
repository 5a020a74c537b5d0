import { EVENT_TYPES, type EventType } from "@pult/api/workflows/event-types.ts";
import { DIRECTIONS, type Webhook } from "@pult/api/workflows/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { z } from "zod";
import { useTRPC } from "../../../trpc/provider.tsx";
import { SecretField } from "../../../ui/copy-button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { Select } from "../../../ui/select.tsx";
import { Checkbox } from "../../../ui/switch.tsx";
import { useSchemaForm } from "../../auth/use-schema-form.ts";
import { SheetForm, SheetOutcome } from "../../settings/sheet-form.tsx";
import { useEventText } from "../event-text.ts";

const fields = z.object({
  name: z.string().trim().min(1).max(100),
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  direction: z.enum(DIRECTIONS),
  /** Null for all. */
  events: z.array(z.enum(EVENT_TYPES)).min(1).nullable(),
});

type EventChoiceProps = {
  value: readonly EventType[] | null;
  onChange: (value: EventType[] | null) => void;
  error?: string | undefined;
};

/** All, or some. */
function EventChoice({ value, onChange, error }: EventChoiceProps) {
  const t = useTranslations("webhooks");
  const eventText = useEventText();
  const id = useId();
  const toggle = (type: EventType, isChosen: boolean) =>
    onChange(EVENT_TYPES.filter((one) => (one === type ? isChosen : value?.includes(one))));
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium text-12 text-fg-2">{t("events")}</legend>
      <label htmlFor={id} className="flex items-center gap-1">
        <Checkbox id={id} checked={value === null} onChange={(isAll) => onChange(isAll ? null : ["newMessage"])} />
        {t("allEvents")}
      </label>
      {value === null ? null : (
        <ul className="grid sm:grid-cols-2">
          {EVENT_TYPES.map((type) => (
            <li key={type}>
              <label htmlFor={`${id}-${type}`} className="flex items-center gap-1">
                <Checkbox
                  id={`${id}-${type}`}
                  checked={value.includes(type)}
                  onChange={(isChosen) => toggle(type, isChosen)}
                />
                {eventText(type)}
              </label>
            </li>
          ))}
        </ul>
      )}
      {error ? <p className="text-12 text-danger">{error}</p> : null}
    </fieldset>
  );
}

type FormProps = { webhook: Webhook | null; onClose: () => void; onCreated: (secret: string) => void };

function WebhookForm({ webhook, onClose, onCreated }: FormProps) {
  const t = useTranslations();
  const trpc = useTRPC();
  const queries = useQueryClient();
  const readAgain = () => queries.invalidateQueries({ queryKey: trpc.chats.webhooks.list.queryKey() });
  const create = useMutation(
    trpc.chats.webhooks.create.mutationOptions({
      onSuccess: ({ secret }) => {
        void readAgain();
        onCreated(secret);
      },
    }),
  );
  const update = useMutation(
    trpc.chats.webhooks.update.mutationOptions({
      onSuccess: () => {
        void readAgain();
        onClose();
      },
    }),
  );
  const { name = "", url = "", direction = "all", events = null } = webhook ?? {};
  const form = useSchemaForm(fields, { defaultValues: { name, url, direction, events } });
  const { errors } = form.formState;
  const [chosenDirection, chosenEvents] = form.watch(["direction", "events"]);
  return (
    <SheetForm
      form={form}
      call={webhook ? update : create}
      onSend={(given) => (webhook ? update.mutate({ id: webhook.id, ...given }) : create.mutate(given))}
      submitLabel={t(webhook ? "webhooks.save" : "webhooks.create")}
      {...(webhook ? {} : { note: t("webhooks.onceNote") })}
      onClose={onClose}
    >
      <Field label={t("webhooks.name")} error={errors.name && t("webhooks.nameRequired")}>
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
      <Field label={t("webhooks.url")} hint={t("webhooks.urlHint")} error={errors.url && t("webhooks.urlInvalid")}>
        {(control) => (
          <Input
            {...control}
            {...form.register("url")}
            inputMode="url"
            placeholder="https://"
            autoComplete="off"
            spellCheck={false}
            className="max-md:h-11"
          />
        )}
      </Field>
      <div>
        <p aria-hidden className="mb-1.5 font-medium text-12 text-fg-2">
          {t("webhooks.direction")}
        </p>
        <Select
          look="field"
          label={t("webhooks.direction")}
          value={chosenDirection}
          options={DIRECTIONS.map((value) => ({ value, label: t(`workflows.direction.${value}`) }))}
          onChange={(value) => form.setValue("direction", value)}
        />
      </div>
      <EventChoice
        value={chosenEvents}
        onChange={(value) => form.setValue("events", value, { shouldValidate: form.formState.isSubmitted })}
        error={errors.events && t("webhooks.eventsRequired")}
      />
    </SheetForm>
  );
}

/** A secret is in this answer and nowhere else. */
export function SecretShown({ secret, onClose }: { secret: string; onClose: () => void }) {
  const t = useTranslations("webhooks");
  return (
    <SheetOutcome onClose={onClose}>
      <SecretField label={t("secret")} value={secret} hint={t("secretHint")} />
    </SheetOutcome>
  );
}

/** Adds a webhook, or changes one. */
export function WebhookSheet({ webhook, onClose }: { webhook: Webhook | null; onClose: () => void }) {
  const t = useTranslations("webhooks");
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Sheet onClose={onClose} title={t(secret ? "created" : webhook ? "editTitle" : "createTitle")}>
      {secret ? (
        <SecretShown secret={secret} onClose={onClose} />
      ) : (
        <WebhookForm webhook={webhook} onClose={onClose} onCreated={setSecret} />
      )}
    </Sheet>
  );
}

/** The secret that took the place of another. */
export function NewSecretSheet({ secret, onClose }: { secret: string; onClose: () => void }) {
  const t = useTranslations("webhooks");
  return (
    <Sheet onClose={onClose} title={t("rotated")}>
      <SecretShown secret={secret} onClose={onClose} />
    </Sheet>
  );
}
