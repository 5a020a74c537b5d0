import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Field, Input } from "../../../ui/field.tsx";
import { CRM_KEY } from "../data/keys.ts";
import { useTags } from "../data/use-setup.ts";
import { PlainForm } from "./plain-form.tsx";

/** A tag's name. */
export function TagSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("contacts.setup");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const tag = useTags().find((one) => one.id === id);
  const [name, setName] = useState(tag?.name ?? "");
  const [isTried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => {
      const given = { name: name.trim() };
      return tag ? client.chats.tags.rename.mutate({ id: tag.id, ...given }) : client.chats.tags.create.mutate(given);
    },
    onSuccess() {
      void readAgain(queryClient, CRM_KEY);
      onClose();
    },
  });
  const submit = () => {
    setTried(true);
    if (name.trim() !== "") save.mutate();
  };
  return (
    <PlainForm title={t(tag ? "editTag" : "new.tags")} call={save} onSubmit={submit} onClose={onClose}>
      <Field label={t("name")} {...(isTried && name.trim() === "" ? { error: t("nameMissing") } : {})}>
        {(control) => (
          <Input
            {...control}
            value={name}
            maxLength={60}
            autoComplete="off"
            data-first-focus
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            className="max-md:h-11"
          />
        )}
      </Field>
    </PlainForm>
  );
}
