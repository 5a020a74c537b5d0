import { KeysPage } from "../../../../features/auth/keys/keys-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.keys");
export default KeysPage;
