/* gantrain help: every text here is made from the tables that the program runs on. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/cli/commands.h"
#include "gantrain/base/text.h"
#include "gantrain/config/config.h"
#include "gantrain/eval/evaluation.h"

static void print_options(const gt_command *command) {
    for (int i = 0; i < GT_OPTIONS && command->options[i].name != NULL; i++) {
        const gt_option *option = &command->options[i];
        char text[64], letter[8] = "    ";
        if (option->letter != 0)
            snprintf(letter, sizeof letter, "-%c, ", option->letter);
        const char *argument = option->argument != NULL ? option->argument : "";
        if (argument[0] == '[')
            snprintf(text, sizeof text, "%s--%s[=%s", letter, option->name, argument + 1);
        else
            snprintf(text, sizeof text, "%s--%s%s%s", letter, option->name,
                     argument[0] != '\0' ? " " : "", argument);
        printf("  %-30s  %s\n", text, option->help);
    }
}

void gt_help_print_command(const gt_command *command) {
    printf("gantrain %s%s%s [OPTION]...\n\n%s\n", command->name, command->operands[0] ? " " : "",
           command->operands, command->help);
    if (command->options[0].name != NULL)
        printf("\noptions:\n");
    print_options(command);
}

static void print_statuses(void) {
    printf("\nexit status:\n");
#define PRINT_STATUS(name, value, meaning) printf("  %-5d %s\n", value, meaning);
    GT_STATUSES(PRINT_STATUS)
#undef PRINT_STATUS
}

void gt_help_print_all(void) {
    const gt_command *command;
    printf("gantrain trains generative models of small images, such as MNIST's digits.\n\n"
           "  gantrain CONFIG [OPTION]...             train\n"
           "  gantrain COMMAND [ARGUMENT]...\n"
           "  gantrain --version\n\ncommands:\n");
    for (int i = 0; (command = gt_command_at(i)) != NULL; i++)
        printf("  %-11s %s\n", command->name, command->help);
    printf("\noptions of train:\n");
    print_options(&gt_command_train);
    print_statuses();
    printf("\ngantrain help COMMAND | config | models | losses | layers | metrics says more.\n");
}

static void print_bounds(const gt_config_key *key) {
    char text[256] = "";
    if (key->type->bound != NULL)
        key->type->bound(text, sizeof text, key);
    if (text[0] != '\0')
        printf(" (%s)", text);
}

static void print_config(void) {
    const gt_config_key *key;
    const char *section = "";
    printf("Keys of a config, with their defaults. Comments begin with ; or #. A key marked * may\n"
           "have another value when a run is resumed. --set SECTION.KEY=VALUE overrides a file.\n");
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        if (strcmp(section, key->section) != 0)
            printf("\n[%s]\n", key->section);
        section = key->section;
        printf("%s = %s\n    %s%s", key->name, key->fallback, key->may_change ? "* " : "",
               key->help);
        print_bounds(key);
        printf("\n");
    }
}

/* "conv CHANNELS SIZE [stride S] [pad P]": as it stands in a list. */
static void format_layer(char *text, size_t capacity, const gt_layer_kind *kind) {
    size_t used = (size_t)snprintf(text, capacity, "%s", kind->name);
    for (int i = 0; i < GT_LAYER_ARGUMENTS && used < capacity; i++) {
        const gt_layer_argument *argument = &kind->arguments[i];
        const bool is_optional = !isnan(argument->fallback);
        const bool has_number = argument->keyword != NULL && !argument->flag;
        if (argument->name == NULL)
            continue;
        used =
            gt_text_append(text, capacity, used, "%s%s%s%s%s%s", kind->joined && i > 0 ? "x" : " ",
                           is_optional ? "[" : "", has_number ? argument->keyword : "",
                           has_number ? " " : "", argument->name, is_optional ? "]" : "");
    }
}

static void print_layers(void) {
    const gt_layer_kind *kind;
    printf("Kinds of layers, for the key `layers` of every network; what stands in brackets "
           "may be\nleft out:\n\n");
    for (int i = 0; (kind = gt_layer_kind_at(i)) != NULL; i++) {
        char text[96];
        format_layer(text, sizeof text, kind);
        printf("  %s\n      %s\n", text, kind->help);
        for (int k = 0; k < GT_LAYER_ARGUMENTS; k++)
            if (kind->arguments[k].help != NULL)
                printf("      %s: %s\n", kind->arguments[k].name, kind->arguments[k].help);
    }
    printf("\nexample: layers = dense 256, leaky_relu 0.2, dense 512, leaky_relu 0.2\n"
           "on images: generator.layers = dense 6272, relu, image 128x7x7, deconv 64 4 stride 2, "
           "relu, "
           "deconv 1 4 stride 2\n"
           "           discriminator.layers = conv 64 4 stride 2, leaky_relu 0.2, conv 128 4 "
           "stride 2, "
           "leaky_relu 0.2\n");
}

/* "  LABEL: NAME, NAME" */
static void print_names(const char *label, const char *const *names, int most) {
    for (int i = 0; i < most && names[i] != NULL; i++)
        printf("%s%s", i > 0 ? ", " : label, names[i]);
}

static void print_models(void) {
    const gt_model_kind *kind;
    printf("Models, for train.model, and what they read of a config besides what all read:\n");
    for (int i = 0; (kind = gt_model_kind_at(i)) != NULL; i++) {
        printf("\n  %-12s %s\n", kind->name, kind->help);
        print_names("               sections: ", kind->sections, GT_MODEL_SECTIONS);
        print_names("; keys of [train]: ", kind->keys, GT_MODEL_KEYS);
        print_names("; alone: ", kind->section_keys, GT_MODEL_SECTION_KEYS);
        printf("\n");
    }
}

static void print_losses(void) {
    const gt_objective *objective;
    printf(
        "Losses of a GAN, for train.loss; D(x) is what the discriminator says of an image x:\n\n");
    for (int i = 0; (objective = gt_objective_at(i)) != NULL; i++) {
        printf("  %-14s  %s\n", objective->name, objective->help);
        for (const gt_stat *stat = objective->stats; stat < objective->stats + 3; stat++)
            if (stat->in_progress && stat->reference != NULL)
                printf("%18sreports %s: %s at the optimum\n", "", stat->label, stat->reference);
            else if (stat->in_progress)
                printf("%18sreports %s\n", "", stat->label);
    }
}

/* The scores of a metric; -1: those that belong to none. */
static void print_scores(int metric) {
    const gt_score *score;
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (score->measure == metric && score->help != NULL) {
            printf("  %-20s %s", score->name, score->help + strspn(score->help, " "));
            if (score->beside != NULL)
                printf("; %s: %s", score->beside, score->of);
            printf("\n");
        }
}

static void print_metrics(void) {
    const char *name;
    printf("Metrics of gantrain eval, for --metrics, and their keys in the JSON object:\n");
    for (int m = 0; (name = gt_measure_name(m)) != NULL; m++) {
        printf("\n%s: %s\n", name, gt_measure_help(m));
        print_scores(m);
    }
    printf("\nof the evaluation itself; Frechet distances of one classifier_checksum can be "
           "compared:\n");
    print_scores(-1);
}

/* What help there is besides that on commands. */
static const struct {
    const char *name;
    void (*print)(void);
} topics[] = {{"config", print_config},
              {"models", print_models},
              {"losses", print_losses},
              {"layers", print_layers},
              {"metrics", print_metrics}};

static gt_status run_help(const gt_arguments *arguments, gt_error *error) {
    if (arguments->operand_count == 0) {
        gt_help_print_all();
        return GT_OK;
    }
    const char *word = arguments->operands[0];
    const gt_command *command = gt_command_find(word);
    gt_guess guess = {.word = word};
    if (command != NULL) {
        gt_help_print_command(command);
        return GT_OK;
    }
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        if (strcmp(topics[i].name, word) == 0) {
            topics[i].print();
            return GT_OK;
        }
        gt_guess_consider(&guess, topics[i].name);
    }
    for (int i = 0; (command = gt_command_at(i)) != NULL; i++)
        gt_guess_consider(&guess, command->name);
    return gt_error_set(error, GT_USAGE, "no help on '%s'%s", word, gt_guess_phrase(&guess));
}

const gt_command gt_command_help = {
    .name = "help",
    .operands = "[COMMAND | config | models | losses | layers | metrics]",
    .help = "say how to use the program, a command, the config, models, losses, layers or metrics",
    .most_operands = 1,
    .run = run_help,
};
