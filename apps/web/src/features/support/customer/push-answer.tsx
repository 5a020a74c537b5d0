import type { Device } from "@pult/api/push/schema.ts";
import { BellRing, CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { cx } from "../../../ui/cx.ts";
import { showToast } from "../../../ui/toast-manager.ts";
import { useReasonText } from "../../notices/reason-text.ts";

const PUSH_TONES = { accepted: "text-success", failed: "text-danger", removed: "text-danger" } as const;

/** What the provider said last: a word, a time, its status. */
export function LastPush({ device }: { device: Device }) {
  const t = useTranslations("customer.push");
  const time = useTimeText();
  const reasonText = useReasonText();
  const { lastPush } = device;
  if (!lastPush) return <span className="text-muted">{t("none")}</span>;
  const { state, providerStatus, at } = lastPush;
  const text =
    providerStatus === null
      ? t(state, { time: time.short(at) })
      : t(`${state}Status`, { time: time.short(at), status: String(providerStatus) });
  return (
    <span
      title={[reasonText(lastPush, "push"), time.full(at)].filter(Boolean).join("\n")}
      className={cx("num", PUSH_TONES[state])}
    >
      {text}
    </span>
  );
}

type Answer = {
  state: "accepted" | "failed" | "removed" | "retry";
  /** HTTP status of the provider, null when it could not be reached. */
  providerStatus: number | null;
  reason: string | null;
};

/** Says what the provider answered to a test push. @returns the same in one line, to stand beside the device */
export function usePushAnswer() {
  const t = useTranslations("customer");
  const reasonText = useReasonText();
  return ({ state, providerStatus, reason }: Answer): string => {
    const isFine = state === "accepted";
    const title = t(`testResult.${state}`);
    const status = providerStatus === null ? "none" : String(providerStatus);
    const description = t("testDetail", { status, reason: reasonText({ reason }, "push") ?? "" }).trim();
    const tone = isFine ? "neutral" : "danger";
    showToast({ icon: isFine ? BellRing : CircleAlert, tone, title, description });
    return `${title}. ${description}`;
  };
}
