"use client";

import type { MadeLink } from "@pult/api/auth/team/schema.ts";
import { useTranslations } from "next-intl";
import { SecretField } from "../../../ui/secret-field.tsx";
import { useTimeText } from "../../support/use-time-text.ts";

/** A link to hand on, and until when it is good. */
export function LinkField({ link }: { link: MadeLink }) {
  const t = useTranslations();
  const time = useTimeText();
  return (
    <SecretField
      label={t("team.link")}
      value={link.url}
      hint={t("team.linkUntil", { time: time.moment(link.expiresAt) })}
      copyLabel={t("common.copy")}
      copiedLabel={t("common.copied")}
    />
  );
}
