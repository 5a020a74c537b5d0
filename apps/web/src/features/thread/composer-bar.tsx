import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { IconButton } from "../../ui/icon-button.tsx";

type ComposerBarProps = { title: string; text: string; onCancel: () => void };

/** Above the field: the message that is answered or edited. */
export function ComposerBar({ title, text, onCancel }: ComposerBarProps) {
  const t = useTranslations("message");
  return (
    <div className="flex items-center gap-2 px-3 pt-2">
      <div className="min-w-0 flex-1 border-accent border-l-2 pl-2 text-12">
        <p dir="auto" className="truncate font-semibold text-accent-text">
          {title}
        </p>
        <p dir="auto" className="truncate text-fg-2">
          {text || "…"}
        </p>
      </div>
      <IconButton icon={X} size="sm" label={t("cancel")} onClick={onCancel} />
    </div>
  );
}
