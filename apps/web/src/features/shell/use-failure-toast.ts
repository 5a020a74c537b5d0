import { CircleAlert, type LucideIcon } from "lucide-react";
import { showToast } from "../../ui/toast-manager.ts";
import { useErrorText } from "./use-failure-text.ts";

/** Says that something was not done, and why. */
export function useFailureToast() {
  const errorText = useErrorText();
  return (title: string, icon: LucideIcon = CircleAlert) =>
    (error: unknown): void =>
      showToast({ icon, tone: "danger", title, description: errorText(error) });
}
