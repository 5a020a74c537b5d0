import { useTranslations } from "next-intl";

/** An attachment in a line: the word for its kind, and what tells it from others. */
export function useAttachmentName() {
  const t = useTranslations("attachment");
  return ({ kind, detail }: { kind: string; detail: string | null }): string => {
    // A die shows itself.
    if (kind === "dice" && detail) return detail;
    const key = [kind, `type.${kind}`].find((one) => one !== "type" && t.has(one as never));
    const word = key ? t(key as never) : kind.replaceAll("_", " ");
    return detail ? t("named", { kind: word, title: detail }) : word;
  };
}
