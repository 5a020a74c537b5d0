import { useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { buttonClass } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { WayRow } from "../../auth/security/parts.tsx";

/** The bot's message, which comes in the place of a push: whether there is an account to write to. */
export function TelegramFallback() {
  const t = useTranslations("notices.telegram");
  const trpc = useTRPC();
  const { data } = useQuery(trpc.auth.telegram.get.queryOptions(undefined, { staleTime: 0 }));
  if (!data) return null;
  const { linked, isConfigured } = data;
  const name = linked && (linked.username ? `@${linked.username}` : linked.id);
  const hint = name ? t("linked", { name }) : t(isConfigured ? "notLinked" : "notConfigured");
  return (
    <div className="border-line border-t">
      <WayRow icon={Send} title={t("title")} hint={hint}>
        {linked ? <Chip tone="success">{t("on")}</Chip> : null}
        {!linked && isConfigured ? (
          <Link href="/settings/security" prefetch={false} className={buttonClass()}>
            {t("link")}
          </Link>
        ) : null}
      </WayRow>
    </div>
  );
}
