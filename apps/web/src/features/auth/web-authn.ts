import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";
import { useTranslations } from "next-intl";
import { lazyModule } from "../../ui/lazy.tsx";
import { useBrowserValue } from "../../ui/use-browser.ts";
import { useErrorText } from "../shell/use-failure-text.ts";

const hasWebAuthn = () => window.isSecureContext && "PublicKeyCredential" in window;

/**
 * Whether this browser has passkeys here: on https and on localhost only.
 * @param before the value until the page runs in a browser
 */
export const useWebAuthn = (before = false): boolean => useBrowserValue(hasWebAuthn, before);

/** Fetched when it is needed: most visits need none of it. */
const { load } = lazyModule(() => import("@simplewebauthn/browser"));

type CreationOptions = Omit<PublicKeyCredentialCreationOptionsJSON, "extensions">;
type RequestOptions = Omit<PublicKeyCredentialRequestOptionsJSON, "extensions">;

/** @throws Error of the browser when the device refuses or is refused. @see ceremonyFailure */
export async function createPasskey(optionsJSON: CreationOptions) {
  const made = await (await load()).startRegistration({ optionsJSON });
  return { ...made, clientExtensionResults: { ...made.clientExtensionResults } };
}

/** @param inAutofill waits for a choice among what the browser fills in, for as long as the page is there */
export async function showPasskey(optionsJSON: RequestOptions, inAutofill = false) {
  const shown = await (await load()).startAuthentication({ optionsJSON, useBrowserAutofill: inAutofill });
  return { ...shown, clientExtensionResults: { ...shown.clientExtensionResults } };
}

/** Whether the browser offers passkeys among what it fills in. */
export async function hasPasskeyAutofill(): Promise<boolean> {
  return (await load()).browserSupportsWebAuthnAutofill();
}

/** Ends what waits in the browser. */
export async function cancelCeremony(): Promise<void> {
  (await load()).WebAuthnAbortService.cancelCeremony();
}

const NAMES = {
  NotAllowedError: "cancelled",
  AbortError: "cancelled",
  InvalidStateError: "known",
  SecurityError: "address",
} as const;

/** Why there was no answer from the device; null when it was not the device. */
export function ceremonyFailure(error: unknown): (typeof NAMES)[keyof typeof NAMES] | null {
  if (!(error instanceof Error)) return null;
  return Object.entries(NAMES).find(([name]) => name === error.name)?.[1] ?? null;
}

/** Why no passkey was shown, in words; undefined without an error. */
export function useCeremonyText() {
  const t = useTranslations("signIn.ceremony");
  const errorText = useErrorText();
  return (error: unknown): string | undefined => {
    const why = ceremonyFailure(error);
    return why ? t(why === "known" ? "cancelled" : why) : errorText(error);
  };
}
