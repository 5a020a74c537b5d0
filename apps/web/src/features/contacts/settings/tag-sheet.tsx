import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { CRM_KEY } from "../data/keys.ts";
import { useTags } from "../data/use-setup.ts";
import { NameField, PlainForm, useSave } from "./plain-form.tsx";

/** A tag's name, and after how long its contacts are to be written to again. */
export function TagSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("contacts.setup");
  const client = useTRPCClient();
  const tag = useTags().find((one) => one.id === id);
  const [name, setName] = useState(tag?.name ?? "");
  const [days, setDays] = useState(tag?.followUpDays ? String(tag.followUpDays) : "");
  const [isTried, setTried] = useState(false);
  const isDays = days.trim() === "" || /^[1-9]\d{0,3}$/.test(days.trim());
  const save = useSave(
    () => {
      const given = { name: name.trim(), followUpDays: days.trim() === "" ? null : Number(days) };
      return tag ? client.chats.tags.rename.mutate({ id: tag.id, ...given }) : client.chats.tags.create.mutate(given);
    },
    { reads: CRM_KEY, onClose },
  );
  const submit = () => {
    setTried(true);
    if (name.trim() !== "" && isDays) save.mutate();
  };
  return (
    <PlainForm title={t(tag ? "editTag" : "new.tags")} call={save} onSubmit={submit} onClose={onClose}>
      <NameField value={name} isTried={isTried} onChange={setName} />
      <Field
        label={t("followUp")}
        hint={t("followUpHint")}
        {...(isTried && !isDays ? { error: t("followUpInvalid") } : {})}
      >
        {(control) => (
          <Input
            {...control}
            value={days}
            inputMode="numeric"
            maxLength={4}
            autoComplete="off"
            onChange={({ currentTarget }) => setDays(currentTarget.value)}
            className="num max-md:h-11"
          />
        )}
      </Field>
    </PlainForm>
  );
}
