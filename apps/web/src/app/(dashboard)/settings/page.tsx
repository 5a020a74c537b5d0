import { SettingsHome } from "../../../features/settings/settings-frame.tsx";
import { titled } from "../../../i18n/titled.ts";

export const generateMetadata = titled("settings.title");
export default SettingsHome;
