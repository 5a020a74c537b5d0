import { CircleAlert } from "lucide-react";
import { showToast } from "../../ui/toast-manager.ts";
import { useErrorText } from "./use-failure-text.ts";

/** Says that something was not done, and why. */
export function useFailureToast() {
  const errorText = useErrorText();
  return (title: string) => (error: unknown) =>
    showToast({ icon: CircleAlert, tone: "danger", title, description: errorText(error) });
}
