"use client";

import { useSyncExternalStore } from "react";

const noSubscription = () => () => {};
const hasWebAuthn = () => window.isSecureContext && "PublicKeyCredential" in window;

/**
 * Whether this browser has passkeys here: on https and on localhost only.
 * @param before what is believed until the page runs in a browser
 */
export const useWebAuthn = (before = false): boolean => useSyncExternalStore(noSubscription, hasWebAuthn, () => before);
