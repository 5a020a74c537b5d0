import { useTranslations } from "next-intl";
import { useStore } from "zustand";
import { Button } from "../../../ui/button.tsx";
import { useOpenAccount } from "../use-account-chats.ts";

/** What colleagues are writing in a chat, to be opened and read. */
function Colleagues({ chatId }: { chatId: string }) {
  const t = useTranslations("chats.draft");
  const { others } = useStore(useOpenAccount().drafts.state);
  const drafts = [...others.values()].filter((draft) => draft.chatId === chatId);
  return drafts.map(({ authorId, authorName, text }) => (
    <details key={authorId} className="mb-2 rounded-3 bg-warning-soft px-3 py-2 text-12">
      <summary dir="auto" className="cursor-pointer font-medium">
        {t("writing", { name: authorName ?? t("colleague") })}
      </summary>
      <p dir="auto" className="mt-1 max-h-40 overflow-y-auto whitespace-pre-wrap text-13 [overflow-wrap:anywhere]">
        {text}
      </p>
    </details>
  ));
}

/** Two pages of one agent wrote different things: both are kept until one is chosen. */
function Choice({ chatId }: { chatId: string }) {
  const t = useTranslations("chats.draft");
  const { drafts } = useOpenAccount();
  const { own } = useStore(drafts.state);
  const other = own.get(chatId)?.other ?? null;
  if (other === null) return null;
  return (
    <div role="alert" className="mb-2 rounded-3 bg-warning-soft px-3 py-2 text-12">
      <p className="font-medium">{t("conflict")}</p>
      <p dir="auto" className="mt-1 mb-2 max-h-32 overflow-y-auto whitespace-pre-wrap text-13 [overflow-wrap:anywhere]">
        {other}
      </p>
      <span className="flex flex-wrap gap-2">
        {(["both", "other", "mine"] as const).map((which) => (
          <Button key={which} size="sm" onClick={() => drafts.choose(chatId, which)}>
            {t(`keep.${which}`)}
          </Button>
        ))}
      </span>
    </div>
  );
}

export function DraftNotices({ chatId }: { chatId: string }) {
  return (
    <>
      <Colleagues chatId={chatId} />
      <Choice chatId={chatId} />
    </>
  );
}
