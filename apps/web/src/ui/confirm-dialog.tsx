"use client";

import dynamic from "next/dynamic";

/** Fetched when something is first asked about. */
export const ConfirmDialog = dynamic(() => import("./confirm-dialog-box.tsx").then((box) => box.ConfirmDialogBox), {
  ssr: false,
});
