import { lazyModule } from "../../ui/lazy.tsx";
import type { LinkedTextProps } from "./links.ts";

const Unsplit = ({ text, children }: LinkedTextProps) => children({ at: 0, text, href: null });

const SplitText = lazyModule(() => import("./links.ts")).part((module) => module.SplitText, {
  whileLoading: Unsplit,
  isSilent: true,
});

/** A text part by part, its addresses apart. What finds them is fetched with the first address; the text does not wait for it. */
export const LinkedText = (props: LinkedTextProps) =>
  /https?:/i.test(props.text) ? <SplitText {...props} /> : <Unsplit {...props} />;
