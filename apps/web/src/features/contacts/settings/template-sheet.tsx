import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { SETUP_KEY } from "../data/keys.ts";
import { useTemplatesQuery } from "../data/use-setup.ts";
import { NameField, PlainForm, useSave } from "./plain-form.tsx";
import { VariableText } from "./variable-text.tsx";

/** A text to begin a message with; variables are replaced by what the contact has. */
export function TemplateSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("contacts.setup");
  const client = useTRPCClient();
  const template = useTemplatesQuery().data?.find((one) => one.id === id);
  const [name, setName] = useState(template?.name ?? "");
  const [text, setText] = useState(template?.text ?? "");
  const [isTried, setTried] = useState(false);
  const save = useSave(
    () => {
      // Formatting belongs to places of the text: of a changed text it is not kept.
      const entities = template && template.text === text ? template.entities : [];
      return client.chats.templates.save.mutate({
        ...(template ? { id: template.id } : {}),
        name: name.trim(),
        text,
        entities,
      });
    },
    { reads: SETUP_KEY, onClose },
  );
  const submit = () => {
    setTried(true);
    if (name.trim() !== "" && text.trim() !== "") save.mutate();
  };
  return (
    <PlainForm title={t(template ? "editTemplate" : "new.templates")} call={save} onSubmit={submit} onClose={onClose}>
      <NameField value={name} isTried={isTried} onChange={setName} />
      <VariableText label={t("text")} value={text} isTried={isTried} onChange={setText} />
    </PlainForm>
  );
}
