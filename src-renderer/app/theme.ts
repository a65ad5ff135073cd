import {
  ActionIcon,
  Button,
  Checkbox,
  createTheme,
  Input,
  type CSSVariablesResolver,
  Menu,
  Modal,
  MultiSelect,
  NumberInput,
  Pill,
  Popover,
  Radio,
  SegmentedControl,
  Select,
  Switch,
  TagsInput,
  TextInput,
  Textarea,
  Tooltip,
} from '@mantine/core';

/** As high as its pills; where one is written after a long pill does not take a line of its own. */
/** As high as other inputs while they are empty. */
const PILLS = { input: { height: 'auto', paddingBlock: 2 }, inputField: { minWidth: 32 } };

/** Mantine in the workbench's measures. Colours beyond the accent come from theme.css. */
export const theme = createTheme({
  fontFamily: 'var(--az-font)',
  fontFamilyMonospace: 'var(--az-mono)',
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.4', xl: '1.3' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'sm',
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '18px' }, h2: { fontSize: '15px' }, h3: { fontSize: '13px' } },
  },
  colors: {
    // The greys of theme.css, for what Mantine draws itself.
    dark: [
      '#e4e7ec',
      '#c6ccd6',
      '#a3abb8',
      '#8b94a2',
      '#434b58',
      '#2c323c',
      '#1f242c',
      '#1a1e25',
      '#14171c',
      '#101317',
    ],
    gray: [
      '#f7f8fa',
      '#eff1f4',
      '#e6e9ee',
      '#dfe3e9',
      '#c3c9d3',
      '#a4adba',
      '#69717f',
      '#545d6c',
      '#333a46',
      '#1a1f29',
    ],
    accent: [
      '#eef3fe',
      '#dde8fd',
      '#bcd0fa',
      '#98b6f6',
      '#7a9ff2',
      '#6a94f5',
      '#3f68d3',
      '#2f5fd0',
      '#2853bd',
      '#1f43a0',
    ],
  },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 26 } }),
    Button: Button.extend({
      defaultProps: { size: 'compact-sm' },
      styles: { root: { height: 28, paddingInline: 12, fontWeight: 550 } },
    }),
    Input: Input.extend({
      styles: { input: { minHeight: 28, height: 28, fontSize: 13, textOverflow: 'ellipsis' } },
    }),
    InputWrapper: Input.Wrapper.extend({
      styles: {
        label: { fontSize: 12, fontWeight: 550, marginBottom: 2 },
        description: { fontSize: 12 },
        error: { fontSize: 12 },
      },
    }),
    // Their labels are no smaller than those of other inputs, nor than their own descriptions.
    Checkbox: Checkbox.extend({ defaultProps: { size: 'xs' }, styles: { label: { fontSize: 12 } } }),
    Radio: Radio.extend({ styles: { label: { fontSize: 12 } } }),
    Switch: Switch.extend({ defaultProps: { size: 'xs' }, styles: { label: { fontSize: 12 } } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'xs' } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'xs' }, styles: { input: { height: 'auto' } } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'xs' } }),
    Select: Select.extend({ defaultProps: { size: 'xs', checkIconPosition: 'right' } }),
    MultiSelect: MultiSelect.extend({ defaultProps: { size: 'xs' }, styles: PILLS }),
    TagsInput: TagsInput.extend({
      defaultProps: { size: 'xs' },
      styles: { input: PILLS.input, inputField: { minWidth: 150 } },
    }),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'xs' },
      styles: { label: { fontSize: 12, paddingInline: 8 } },
    }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', withinPortal: true } }),
    Pill: Pill.extend({ styles: { label: { fontSize: 12 } } }),
    Popover: Popover.extend({ defaultProps: { shadow: 'md', withinPortal: true, returnFocus: true } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.35, blur: 0 },
        transitionProps: { duration: 120 },
      },
      styles: { title: { fontWeight: 650, fontSize: 15 } },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, multiline: true, maw: 420, withArrow: true } }),
  },
});

const ours = {
  '--mantine-color-body': 'var(--az-surface)',
  '--mantine-color-text': 'var(--az-text)',
  '--mantine-color-bright': 'var(--az-text)',
  '--mantine-color-dimmed': 'var(--az-dim)',
  '--mantine-color-default': 'var(--az-surface)',
  '--mantine-color-default-color': 'var(--az-text)',
  '--mantine-color-default-hover': 'var(--az-hover)',
  '--mantine-color-default-border': 'var(--az-line-strong)',
  '--mantine-color-placeholder': 'var(--az-faint)',
  '--mantine-color-anchor': 'var(--az-accent-text)',
  '--mantine-color-error': 'var(--az-no)',
  // Text of buttons without a frame: Mantine's own is nearly white in the dark, and no longer says that it removes something.
  '--mantine-color-accent-light-color': 'var(--az-accent-text)',
  '--mantine-color-red-light-color': 'var(--az-no)',
  // White on Mantine's own has 3.3 to 1.
  '--mantine-color-red-filled': '#b3291d',
  '--mantine-color-red-filled-hover': '#982318',
};

/** Mantine's own colours are theme.css's, in both schemes. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({ variables: {}, light: ours, dark: ours });
