import { lazyModule } from "./lazy.tsx";

/** Fetched when something is first asked about. */
export const ConfirmDialog = lazyModule(() => import("./confirm-dialog-box.tsx")).part((box) => box.ConfirmDialogBox);
