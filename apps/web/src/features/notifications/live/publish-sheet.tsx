import { zodResolver } from "@hookform/resolvers/zod";
import { publishAlertInput } from "@pult/api/notifications/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Siren } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { type FieldPath, type UseFormReturn, useForm } from "react-hook-form";
import { z } from "zod";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useNow } from "../../../ui/use-now.ts";
import { SheetForm } from "../../settings/sheet-form.tsx";
import { toDecimal } from "./use-amounts.ts";

const MINUTE_MS = 60_000;
const MAX_MINUTES = 10_080;

/** The API's rules, in the terms of the form: percent, and minutes from now. */
const fields = publishAlertInput.omit({ expiresAt: true, confidence: true }).extend({
  confidence: z.number().min(0).max(100),
  minutes: z.int().min(1).max(MAX_MINUTES),
});
type Fields = z.infer<typeof fields>;

const toNumber = (typed: unknown) =>
  typeof typed === "string" ? (typed.trim() === "" ? Number.NaN : Number(toDecimal(typed))) : typed;

const toStake = (typed: unknown) => (typeof typed === "string" ? toDecimal(typed) || undefined : typed);

/** Words that were used before, offered while typing. */
export type KnownWords = { types: readonly string[]; sports: readonly string[] };

function Suggestions({ id, known }: { id: string; known: KnownWords }) {
  return (["types", "sports"] as const).map((kind) => (
    <datalist key={kind} id={`${id}-${kind}`}>
      {known[kind].map((word) => (
        <option key={word} value={word} />
      ))}
    </datalist>
  ));
}

type InputsProps = { form: UseFormReturn<Fields>; known: KnownWords };

function Inputs({ form, known }: InputsProps) {
  const t = useTranslations("live.alerts");
  const time = useTimeText();
  const now = useNow(10_000);
  const lists = useId();
  const { errors } = form.formState;
  const minutes = form.watch("minutes");
  const closesAt = Number.isFinite(minutes) && minutes > 0 ? new Date(now + minutes * MINUTE_MS).toISOString() : null;
  const input = (
    name: FieldPath<Fields>,
    more: { hint?: string; read?: (typed: unknown) => unknown; list?: string } = {},
  ) => (
    <Field label={t(`form.${name}`)} hint={more.hint} error={errors[name] && t(`invalid.${name}`)}>
      {(control) => (
        <Input
          {...control}
          {...form.register(name, more.read ? { setValueAs: more.read } : {})}
          {...(name === "name" ? { "data-first-focus": true } : {})}
          list={more.list}
          autoComplete="off"
          className="num max-md:h-11"
        />
      )}
    </Field>
  );
  return (
    <>
      {input("name", { hint: t("hint.name") })}
      <div className="grid grid-cols-2 gap-3">
        {input("type", { list: `${lists}-types`, hint: t("hint.type") })}
        {input("sport", { list: `${lists}-sports` })}
      </div>
      {input("marketId", { hint: t("hint.marketId") })}
      <div className="grid grid-cols-2 gap-3">
        {input("confidence", { read: toNumber })}
        {input("ev", { read: toNumber })}
        {input("minutes", {
          read: toNumber,
          hint: closesAt ? t("hint.closesAt", { time: time.moment(closesAt) }) : "",
        })}
        {input("stake", { read: toStake, hint: t("hint.stake") })}
      </div>
      <Suggestions id={lists} known={known} />
    </>
  );
}

/** A new live alert, which everyone who is connected sees at once. */
export function PublishSheet({ known, onClose }: { known: KnownWords; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const publish = useMutation(
    trpc.notifications.liveAlerts.publish.mutationOptions({
      onSuccess: (_, { name }) => {
        showToast({ icon: Siren, title: t("live.alerts.published", { name }) });
        onClose();
      },
    }),
  );
  const form = useForm<Fields>({
    resolver: zodResolver(fields),
    defaultValues: { name: "", type: "", sport: "", marketId: "", minutes: 10 },
  });
  const send = ({ minutes, confidence, ...alert }: Fields) =>
    publish.mutate({
      ...alert,
      confidence: confidence / 100,
      expiresAt: new Date(Date.now() + minutes * MINUTE_MS).toISOString(),
    });
  return (
    <Sheet onClose={onClose} title={t("live.alerts.new")}>
      <SheetForm
        form={form}
        call={publish}
        onSend={send}
        submitLabel={t("live.alerts.publish")}
        note={t("live.alerts.publishNote")}
        onClose={onClose}
      >
        <Inputs form={form} known={known} />
      </SheetForm>
    </Sheet>
  );
}
