import { lazyModule } from "../../ui/lazy.tsx";

/** What few messages have is fetched with the first that has it. */
export const richContent = lazyModule(() => import("./rich-content.tsx"));
